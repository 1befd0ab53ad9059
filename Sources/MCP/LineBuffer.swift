/// Bytes cut into lines, in linear time and bounded memory. A line ends with LF; a CR before it is no part of it.
struct LineBuffer {
  private let limit: Int
  private var begun: [UInt8] = []
  /// Whether the rest of a line that is too long is passed over.
  private var isSkipping = false

  /// - Parameter limit: the longest line, in bytes.
  init(limit: Int) { self.limit = limit }

  /// Takes the next bytes, and hands out the lines that end within them.
  /// - Parameter skipping: passes over what goes beyond the limit, where it would be refused.
  /// - Returns: whether all lines were within the limit.
  mutating func take(_ bytes: ArraySlice<UInt8>, skipping: Bool = false, _ line: ([UInt8]) -> Void) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let end = rest.firstIndex(of: 0x0A)
      let piece = rest[..<(end ?? rest.endIndex)]
      let room = limit - begun.count
      if piece.count > room {
        guard skipping else { return false }
        if !isSkipping { begun += piece.prefix(room) }
        isSkipping = true
      } else if !isSkipping {
        begun += piece
      }
      guard let end else { break }
      if begun.last == 0x0D { begun.removeLast() }
      let whole = begun
      begun = []
      isSkipping = false
      line(whole)
      rest = rest[(end + 1)...]
    }
    return true
  }

  /// What has come of a last line that has no end.
  mutating func finish() -> [UInt8]? {
    defer { begun = [] }
    return begun.isEmpty ? nil : begun
  }
}
