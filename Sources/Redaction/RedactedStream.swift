/// A text that comes in pieces, without secrets, however it is cut. What may be the beginning of one is held back until
/// it is known whether it is.
package struct RedactedStream: Sendable {
  private let secrets: [[UInt8]]
  /// The first bytes of the secrets.
  private let starts: Set<UInt8>
  private var held: [UInt8] = []

  package init(_ redaction: Redaction) {
    secrets = redaction.secrets
    starts = Set(secrets.compactMap(\.first))
  }

  /// What of a text may be told now.
  package mutating func take(_ piece: String) -> String {
    if secrets.isEmpty || held.isEmpty && !piece.utf8.contains(where: starts.contains) { return piece }
    return String(decoding: take(Array(piece.utf8)).told, as: UTF8.self)
  }

  /// What was held back. Where that is most of a secret, a mark stands for it.
  package mutating func finish() -> String { String(decoding: end().rest, as: UTF8.self) }

  mutating func end() -> (rest: [UInt8], isMark: Bool) {
    let rest = held
    held = []
    let isMost = secrets.contains { $0.starts(with: rest) && rest.count >= max(Redaction.leastBytes, $0.count / 2) }
    return isMost ? (Array(Redaction.mark.utf8), true) : (rest, false)
  }

  /// - Returns: what may be told, and whether a secret was in it.
  mutating func take(_ bytes: [UInt8]) -> (told: [UInt8], hasFound: Bool) {
    let bytes = held + bytes
    held = []
    var told: [UInt8] = []
    told.reserveCapacity(bytes.count)
    var (place, hasFound) = (0, false)
    while place < bytes.count {
      guard starts.contains(bytes[place]) else {
        told.append(bytes[place])
        place += 1
        continue
      }
      let rest = bytes[place...]
      if let secret = secrets.first(where: { rest.starts(with: $0) }) {
        told += Redaction.mark.utf8
        (place, hasFound) = (place + secret.count, true)
      } else if secrets.contains(where: { $0.starts(with: rest) }) {
        held = Array(rest)
        break
      } else {
        told.append(bytes[place])
        place += 1
      }
    }
    return (told, hasFound)
  }
}
