package import JSONWire

/// What a client knows of its session, by the letter of the protocol: frames are applied by `id`, `version` and
/// `offset`, and whatever the protocol does not allow is an error.
package struct Transcript: Sendable, Equatable {
  /// A message as it is known.
  package struct Message: Sendable, Equatable {
    package let id: String
    package var version: Int64
    package var createdVersion: Int64
    package var role: String
    package var status: String
    package var reason: String?
    package var replyTo: String?
    package var replacedBy: String?
    /// `up` or `down`.
    package var feedback: String?
    /// The calls of tools.
    package var tools: [JSONValue] = []
    /// What was thought on the way to it.
    package var reasoning: [JSONValue] = []
    package var content: [UInt8]
    /// The length that was told for the whole content.
    package var length: Int

    /// The content as text.
    package var text: String { String(decoding: content, as: UTF8.self) }

    var isWhole: Bool { status == "streaming" || content.count == length }
  }

  /// What the protocol does not allow.
  package struct Violation: Error, Equatable, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
  }

  /// The last version that was told; nil before the first `welcome`.
  package private(set) var version: Int64?
  /// In the order of their creation.
  package private(set) var messages: [Message] = []
  package private(set) var title: JSONValue = .null
  package private(set) var context: JSONValue = [:]
  /// The cursor for older messages; nil at the start of the session.
  package private(set) var before: String?
  private var isWelcomed = false
  /// Whether somebody else is typing.
  package private(set) var seesTyping = false
  /// Whether an answer that was streaming may come back shorter on a fresh page.
  private let toleratesLoss: Bool

  /// - Parameter toleratesLoss: whether the server shows text before it is committed.
  package init(toleratesLoss: Bool = false) { self.toleratesLoss = toleratesLoss }

  /// Begins another connection, keeping what is known.
  package mutating func reconnect() { (isWelcomed, seesTyping) = (false, false) }

  /// The position to resume from; nil where there is none.
  package var position: JSONValue? {
    guard let version, messages.allSatisfy(\.isWhole) else { return nil }
    guard let streaming = messages.last(where: { $0.status == "streaming" }) else { return ["version": .int(version)] }
    return [
      "version": .int(version), "message": .string(streaming.id), "offset": .int(Int64(streaming.content.count)),
    ]
  }

  /// The message of that id.
  package subscript(id: String) -> Message? { messages.first { $0.id == id } }

  /// The messages of that role.
  package func from(_ role: String) -> [Message] { messages.filter { $0.role == role } }

  /// Applies one frame of the server.
  package mutating func apply(_ frame: JSONValue) throws(Violation) {
    let type = frame["type"]?.string ?? ""
    guard isWelcomed || type == "welcome" || type == "error" else { throw Violation("\(type) before welcome") }
    switch type {
    case "welcome": try welcome(frame)
    case "message.created":
      try advance(frame)
      guard let message = frame["message"] else { throw Violation("created without message") }
      try put(message, isNew: true)
    case "message.delta": try append(frame)
    case "message.completed": try complete(frame)
    case "message.tool": try noteCall(frame)
    case "message.reasoning": try noteThought(frame)
    case "message.updated": try update(frame)
    case "session.updated":
      try advance(frame)
      try readSession(frame)
    case "history.page":
      for message in frame["messages"]?.array ?? [] { try put(message) }
      before = frame["before"]?.string
    case "typing":
      guard let isActive = frame["active"]?.bool, isActive != seesTyping else { throw Violation("typing told twice") }
      seesTyping = isActive
    case "message.accepted", "run.stopping", "error", "pong", "drain": break
    default: throw Violation("unknown type \(type)")
    }
  }

  private mutating func welcome(_ frame: JSONValue) throws(Violation) {
    guard let version = frame["version"]?.int, let resumed = frame["resumed"]?.bool,
      let list = frame["messages"]?.array
    else { throw Violation("an incomplete welcome") }
    var shown: [Message] = []
    if !resumed {
      guard let cursor = frame["before"] else { throw Violation("a fresh page without cursor") }
      before = cursor.string
      (shown, messages) = (messages, [])
    } else if frame["before"] != nil {
      throw Violation("a resume with cursor")
    }
    try readSession(frame)
    for message in list { try put(message) }
    // What was once shown is there still, whatever page it comes back in.
    for old in shown {
      guard let now = self[old.id] else { continue }
      if toleratesLoss, old.status == "streaming", old.content.starts(with: now.content) { continue }
      guard
        now.content.starts(with: old.content) || old.content.starts(with: now.content) && now.length > now.content.count
      else { throw Violation("shown bytes of \(old.id) have changed") }
    }
    self.version = version
    isWelcomed = true
    let streaming = messages.last { $0.status == "streaming" }?.id
    guard frame["run"]?["message"]?.string == streaming else { throw Violation("the run is not what streams") }
  }

  private mutating func readSession(_ frame: JSONValue) throws(Violation) {
    guard let title = frame["title"], let context = frame["context"] else { throw Violation("no title or context") }
    (self.title, self.context) = (title, context)
  }

  private mutating func advance(_ frame: JSONValue) throws(Violation) {
    guard let next = frame["version"]?.int, let version else { throw Violation("no version") }
    guard next == version + 1 else { throw Violation("version \(next) after \(version)") }
    self.version = next
  }

  private mutating func put(_ object: JSONValue, isNew: Bool = false) throws(Violation) {
    guard let id = object["id"]?.string, let content = object["content"]?.string,
      let version = object["version"]?.int, let createdVersion = object["created_version"]?.int,
      let role = object["role"]?.string, let status = object["status"]?.string, let length = object["length"]?.int,
      let createdAt = object["created_at"]?.string, createdAt.utf8.count == 24, createdAt.hasSuffix("Z"),
      object["tools"]?.array != nil, object["citations"]?.array != nil, object["metadata"]?.object != nil
    else { throw Violation("an incomplete message") }
    let place = messages.firstIndex { $0.id == id }
    if isNew, place != nil { throw Violation("\(id) is created twice") }
    let known = place.map { messages[$0].content } ?? []
    let offset = Int(object["offset"]?.int ?? 0)
    guard offset <= known.count else { throw Violation("\(id) begins past what is known") }
    let bytes = Array(known[..<offset]) + Array(content.utf8)
    guard bytes.count <= length else { throw Violation("\(id) is longer than its length") }
    guard bytes.starts(with: known) || known.starts(with: bytes) && length > bytes.count else {
      throw Violation("shown bytes of \(id) have changed")
    }
    var message = Message(
      id: id, version: version, createdVersion: createdVersion, role: role, status: status,
      reason: object["reason"]?.string, replyTo: object["reply_to"]?.string, content: bytes, length: Int(length))
    message.replacedBy = object["replaced_by"]?.string
    message.feedback = object["feedback"]?.string
    message.tools = object["tools"]?.array ?? []
    message.reasoning = object["reasoning"]?.array ?? []
    if let place {
      messages[place] = message
    } else {
      messages.insert(message, at: messages.firstIndex { $0.createdVersion > createdVersion } ?? messages.endIndex)
    }
  }

  private mutating func append(_ frame: JSONValue) throws(Violation) {
    guard let id = frame["message"]?.string, let offset = frame["offset"]?.int.map({ Int($0) }),
      let text = frame["text"]?.string, !text.isEmpty
    else { throw Violation("an incomplete delta") }
    guard let place = messages.firstIndex(where: { $0.id == id }) else { throw Violation("a delta of nothing") }
    let (known, bytes) = (messages[place].content, Array(text.utf8))
    guard offset <= known.count else { throw Violation("a hole in \(id)") }
    let overlap = min(known.count - offset, bytes.count)
    guard known[offset..<offset + overlap] == bytes[..<overlap] else {
      throw Violation("shown bytes of \(id) have changed")
    }
    messages[place].content += bytes[overlap...]
  }

  private mutating func noteThought(_ frame: JSONValue) throws(Violation) {
    try advance(frame)
    guard let place = messages.firstIndex(where: { $0.id == frame["message"]?.string }), let version,
      let thought = frame["reasoning"], let id = thought["id"]?.string, thought["text"]?.string != nil
    else { throw Violation("an incomplete thought") }
    guard messages[place].status == "streaming" else { throw Violation("a thought after the end") }
    guard !messages[place].reasoning.contains(where: { $0["id"]?.string == id }) else {
      throw Violation("a thought is told twice")
    }
    messages[place].reasoning.append(thought)
    messages[place].version = version
  }

  private mutating func update(_ frame: JSONValue) throws(Violation) {
    try advance(frame)
    guard let change = frame["message"], let id = change["id"]?.string,
      change["replaced_by"] != nil || change["feedback"] != nil || change["tools"] != nil, let version,
      change["version"]?.int == version
    else { throw Violation("an incomplete update") }
    // One that is older than all that was loaded comes with its page.
    guard let place = messages.firstIndex(where: { $0.id == id }) else { return }
    let known = messages[place]
    if let tools = change["tools"]?.array {
      guard known.status == "streaming" else { throw Violation("the calls of \(id) can't be changed any more") }
      (messages[place].tools, messages[place].version) = (tools, version)
      if let reasoning = change["reasoning"]?.array { messages[place].reasoning = reasoning }
      return
    }
    guard known.status != "streaming" else { throw Violation("\(id) can't be changed yet") }
    if let answer = change["replaced_by"] {
      guard
        known.replacedBy == answer.string
          || known.replacedBy == nil && (answer.string.map({ self[$0] == nil }) ?? true || change["feedback"] != nil)
      else { throw Violation("\(id) can't be replaced by \(answer)") }
      messages[place].replacedBy = answer.string
    }
    if let feedback = change["feedback"] { messages[place].feedback = feedback.string }
    messages[place].version = version
  }

  /// A call of a tool, or what became of it: never back from its end.
  private mutating func noteCall(_ frame: JSONValue) throws(Violation) {
    guard let message = frame["message"]?.string, let call = frame["tool"], let id = call["id"]?.string,
      call["name"]?.string != nil, call["title"]?.string != nil, let status = call["status"]?.string,
      ["waiting", "running", "done", "failed", "rejected"].contains(status)
    else { throw Violation("an incomplete call") }
    // One that was decided before is told again to who decides it once more.
    if let told = frame["version"]?.int, let version, told <= version { return }
    try advance(frame)
    guard let place = messages.firstIndex(where: { $0.id == message }), let version else {
      throw Violation("a call of nothing")
    }
    guard messages[place].status == "streaming" else { throw Violation("\(message) calls after its end") }
    messages[place].version = version
    guard let known = messages[place].tools.firstIndex(where: { $0["id"]?.string == id }) else {
      return messages[place].tools.append(call)
    }
    let old = messages[place].tools[known]["status"]?.string ?? ""
    guard ["waiting", "running"].contains(old) else { throw Violation("the call \(id) goes on after its end") }
    messages[place].tools[known] = call
  }

  private mutating func complete(_ frame: JSONValue) throws(Violation) {
    try advance(frame)
    guard let id = frame["message"]?.string, let length = frame["length"]?.int, let status = frame["status"]?.string,
      let place = messages.firstIndex(where: { $0.id == id }), let version
    else { throw Violation("an incomplete completion") }
    guard messages[place].status == "streaming" else { throw Violation("\(id) is completed twice") }
    guard messages[place].content.count == length else {
      throw Violation("\(id) is completed with \(messages[place].content.count) of \(length) bytes")
    }
    messages[place].status = status
    messages[place].reason = frame["reason"]?.string
    messages[place].length = Int(length)
    if let tools = frame["tools"]?.array { messages[place].tools = tools }
    if let reasoning = frame["reasoning"]?.array { messages[place].reasoning = reasoning }
    messages[place].version = version
  }
}
