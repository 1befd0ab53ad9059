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

  /// Somebody types on another node, or has stopped to.
  /// - Parameter now: as above.
  package func types(elsewhere isActive: Bool, now: UInt64) {
    typingElsewhere = isActive ? now + Self.typingMilliseconds : 0
    act(.deliver)
  }

  /// Whether somebody is.
  package var isTyping: Bool { isTypingHere || typingElsewhere > 0 }

  /// Whether somebody of this node's is.
  package var isTypingHere: Bool { !typists.isEmpty }

  /// Forgets those who have not said for too long that they are typing.
  /// - Parameter now: as above.
  package func endTyping(now: UInt64) {
    let count = typists.count
    typists.removeAll { $0.until <= now }
    let isLate = typingElsewhere > 0 && typingElsewhere <= now
    if isLate { typingElsewhere = 0 }
    if isLate || typists.count < count { act(.deliver) }
  }

  func stopTyping(_ reader: Reader) {
    guard typists.contains(where: { $0.reader === reader }) else { return }
    typists.removeAll { $0.reader === reader }
    act(.deliver)
  }

  /// Whether a reader is to be told that somebody else types. One that stays for an answer is told nothing of that.
  func sees(typing reader: Reader) -> Bool {
    isTyping && reader.question == nil && (typingElsewhere > 0 || typists.contains { $0.reader !== reader })
  }

  func nextTyping(for reader: Reader) -> [UInt8]? {
    let isActive = sees(typing: reader)
    guard reader.isToldOfTyping != isActive else { return nil }
    reader.isToldOfTyping = isActive
    return ServerFrame.typing(role: .user, isActive: isActive)
  }
}
