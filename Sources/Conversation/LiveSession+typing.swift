/// Who is typing: nothing that is stored, and not a queue either. Each reader was told something last, and is told what is
/// true now when it can be.
extension LiveSession {
  /// After so long without another word of it nobody is typing any more, in milliseconds.
  package static let typingMilliseconds: UInt64 = 6000

  /// `typing`.
  /// - Parameter now: of a clock that only goes forward, in milliseconds.
  package func type(_ isActive: Bool, by reader: Reader, now: UInt64) {
    guard isActive else { return stopTyping(reader) }
    typists.removeAll { $0.reader === reader }
    typists.append((reader, now + Self.typingMilliseconds))
    act(.deliver)
  }

  /// Whether somebody is.
  package var isTyping: Bool { !typists.isEmpty }

  /// Forgets those who have not said for too long that they are typing.
  /// - Parameter now: as above.
  package func endTyping(now: UInt64) {
    let count = typists.count
    typists.removeAll { $0.until <= now }
    if typists.count < count { act(.deliver) }
  }

  func stopTyping(_ reader: Reader) {
    guard typists.contains(where: { $0.reader === reader }) else { return }
    typists.removeAll { $0.reader === reader }
    act(.deliver)
  }

  /// Whether a reader is to be told that somebody else types. One that stays for an answer is told nothing of that.
  func sees(typing reader: Reader) -> Bool {
    !typists.isEmpty && reader.question == nil && typists.contains { $0.reader !== reader }
  }

  func nextTyping(for reader: Reader) -> [UInt8]? {
    let isActive = sees(typing: reader)
    guard reader.isToldOfTyping != isActive else { return nil }
    reader.isToldOfTyping = isActive
    return ServerFrame.typing(role: .user, isActive: isActive)
  }
}
