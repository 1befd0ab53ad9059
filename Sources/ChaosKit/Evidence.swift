package import JSONWire

/// What one client was shown, for good: unlike a transcript, which a fresh page replaces, it forgets nothing. A frame
/// that contradicts an earlier one is told at once.
package struct Evidence: Sendable {
  /// A message as far as it was shown.
  package struct Shown: Sendable, Equatable {
    package let role: String
    package let createdVersion: Int64
    package let replyTo: String?
    package internal(set) var bytes: [UInt8] = []
    /// The status that can't change any more; nil while it was only seen streaming.
    package internal(set) var final: String?
    /// The version of the last change that was told.
    package internal(set) var version: Int64
  }

  /// A frame that can't be true where the earlier ones were.
  package struct Contradiction: Error, Equatable, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
  }

  /// By id.
  package private(set) var shown: [String: Shown] = [:]
  /// Content that was seen for the first time, in bytes.
  package private(set) var bytesShown = 0
  /// The highest version that was told; nil before the first `welcome`.
  package private(set) var version: Int64?
  /// Whether the servers show text before it is committed: then an answer may end with less than was shown.
  package let toleratesLoss: Bool
  /// How much was shown of answers that ended with less, in bytes, by their ids.
  package private(set) var lost: [String: Int] = [:]

  /// - Parameter toleratesLoss: whether the servers show text before it is committed.
  package init(toleratesLoss: Bool = false) { self.toleratesLoss = toleratesLoss }

  /// Whether an answer with that status may be shorter than what was shown of it. What is complete never is; what is shown
  /// of it once more, or further, has to be the same in any case.
  func mayLack(_ status: String) -> Bool { toleratesLoss && status != "complete" }

  /// Keeps what a frame shows.
  package mutating func note(_ frame: JSONValue) throws(Contradiction) {
    switch frame["type"]?.string {
    case "welcome":
      if let version, frame["created"]?.bool == true {
        throw Contradiction("a session at version \(version) is made anew")
      }
      try rise(frame)
      for message in frame["messages"]?.array ?? [] { try show(message) }
    case "history.page":
      for message in frame["messages"]?.array ?? [] { try show(message) }
    case "message.created":
      try rise(frame)
      if let message = frame["message"] { try show(message) }
    case "message.delta":
      guard let id = frame["message"]?.string, let offset = frame["offset"]?.int, let text = frame["text"]?.string
      else { throw Contradiction("an incomplete delta") }
      try place(Array(text.utf8), at: Int(offset), of: id)
    case "message.completed":
      try rise(frame)
      guard let id = frame["message"]?.string, let status = frame["status"]?.string,
        let length = frame["length"]?.int, let version = frame["version"]?.int
      else { throw Contradiction("an incomplete completion") }
      try complete(id, status, length: Int(length), version: version)
    case "message.updated":
      try rise(frame)
      if let id = frame["message"]?["id"]?.string, let version { shown[id]?.version = version }
    case "session.updated": try rise(frame)
    default: break
    }
  }

  private mutating func rise(_ frame: JSONValue) throws(Contradiction) {
    guard let next = frame["version"]?.int else { throw Contradiction("a frame without version") }
    if let version, next < version { throw Contradiction("version \(next) after \(version)") }
    version = next
  }

  private mutating func show(_ message: JSONValue) throws(Contradiction) {
    guard let id = message["id"]?.string, let role = message["role"]?.string, let status = message["status"]?.string,
      let created = message["created_version"]?.int, let version = message["version"]?.int,
      let content = message["content"]?.string, let length = message["length"]?.int
    else { throw Contradiction("an incomplete message") }
    let replyTo = message["reply_to"]?.string
    if let known = shown[id] {
      guard known.role == role, known.createdVersion == created, known.replyTo == replyTo else {
        throw Contradiction(
          "\(id) was \(known.role) of version \(known.createdVersion), and is \(role) of version \(created)")
      }
      guard version >= known.version else {
        throw Contradiction("\(id) was told at version \(known.version), and is at \(version)")
      }
    } else {
      shown[id] = Shown(role: role, createdVersion: created, replyTo: replyTo, version: version)
    }
    try place(Array(content.utf8), at: Int(message["offset"]?.int ?? 0), of: id)
    shown[id]?.version = version
    guard let bytes = shown[id]?.bytes, bytes.count <= length || mayLack(status) else {
      throw Contradiction("\(id) is \(length) bytes long, and more were shown")
    }
    if status != "streaming" {
      cut(id, to: Int(length))
      try finish(id, status)
    } else if shown[id]?.final != nil {
      throw Contradiction("\(id) was final, and streams again")
    }
  }

  private mutating func complete(
    _ id: String, _ status: String, length: Int, version: Int64
  ) throws(Contradiction) {
    guard let known = shown[id] else { throw Contradiction("\(id) is completed and was never shown") }
    guard known.bytes.count <= length || mayLack(status) else {
      throw Contradiction("\(id) is completed with \(length) bytes, and \(known.bytes.count) were shown")
    }
    shown[id]?.version = version
    cut(id, to: length)
    try finish(id, status)
  }

  /// What was shown beyond an answer's end is lost.
  private mutating func cut(_ id: String, to length: Int) {
    guard let count = shown[id]?.bytes.count, count > length else { return }
    lost[id] = count - length
    shown[id]?.bytes.removeLast(count - length)
  }

  private mutating func finish(_ id: String, _ status: String) throws(Contradiction) {
    if let before = shown[id]?.final, before != status {
      throw Contradiction("\(id) was \(before), and is \(status)")
    }
    shown[id]?.final = status
  }

  private mutating func place(_ bytes: [UInt8], at offset: Int, of id: String) throws(Contradiction) {
    guard let count = shown[id]?.bytes.count else { throw Contradiction("text for \(id), which was never shown") }
    guard offset >= 0, offset <= count else {
      throw Contradiction("text for \(id) begins at \(offset), and it was shown up to \(count)")
    }
    let overlap = min(count - offset, bytes.count)
    guard shown[id]?.bytes[offset..<offset + overlap] == bytes[..<overlap] else {
      throw Contradiction("\(id) is shown differently between \(offset) and \(offset + overlap)")
    }
    bytesShown += bytes.count - overlap
    shown[id]?.bytes += bytes[overlap...]
  }
}
