/// The one run of bytes that an answer is while it is written. Its agent appends, the journal commits, and every reader
/// is an offset into it: no reader needs a queue of its own.
package final class AnswerBuffer {
  package let message: MessageID
  let durability: Durability
  /// All that the agent has written.
  package private(set) var bytes: [UInt8]
  /// How much was handed to the journal.
  private(set) var submitted: Int
  /// How much is committed.
  package private(set) var durable: Int

  /// - Parameter bytes: what is committed already.
  init(message: MessageID, bytes: [UInt8] = [], durability: Durability = .commit) {
    self.message = message
    self.durability = durability
    self.bytes = bytes
    submitted = bytes.count
    durable = bytes.count
  }

  /// How much may be shown: the horizon of every reader, in bytes.
  package var shown: Int {
    switch durability {
    case .commit: durable
    case .relaxed: bytes.count
    }
  }

  /// How much waits for its commit, in bytes.
  package var uncommitted: Int { bytes.count - durable }

  /// Appends text, valid UTF-8 of whole scalars, up to `limit` bytes in all. False where it did not fit whole.
  func append(_ text: some Collection<UInt8>, limit: Int) -> Bool {
    let room = limit - bytes.count
    guard text.count > room else {
      bytes.append(contentsOf: text)
      return true
    }
    bytes.append(contentsOf: text.prefix(max(0, room)))
    // Back to where the scalar that was cut begins.
    if room > 0, !UTF8Boundary.isBoundary(text, at: room) {
      while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
    }
    return false
  }

  var hasUnsubmitted: Bool { submitted < bytes.count }

  /// Takes what the journal has not been given yet.
  func takeUnsubmitted() -> (offset: Int, bytes: [UInt8])? {
    guard submitted < bytes.count else { return nil }
    defer { submitted = bytes.count }
    return (submitted, Array(bytes[submitted...]))
  }

  /// Takes back what is not committed, and so was never shown, unless it is `relaxed`: a reader is told by the answer's
  /// length at its end.
  func dropUncommitted() {
    bytes.removeLast(uncommitted)
    submitted = bytes.count
  }

  /// Takes bytes that another node has committed, from an offset on that is not past what is known.
  func extend(from offset: Int, _ text: [UInt8]) {
    guard offset <= durable, offset + text.count > durable else { return }
    bytes.removeLast(uncommitted)
    bytes.append(contentsOf: text[(durable - offset)...])
    committed(upTo: bytes.count)
  }

  /// Notes that the first `length` bytes are committed.
  func committed(upTo length: Int) {
    durable = max(durable, length)
    submitted = max(submitted, durable)
  }
}

/// Where one UTF-8 scalar ends and the next begins.
enum UTF8Boundary {
  static func isBoundary(_ text: some Collection<UInt8>, at offset: Int) -> Bool {
    guard offset >= 0, offset <= text.count else { return false }
    guard offset < text.count else { return true }
    return text[text.index(text.startIndex, offsetBy: offset)] & 0xC0 != 0x80
  }
}
