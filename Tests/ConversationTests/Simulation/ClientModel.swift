import Conversation
import JSONWire

/// A client by the letter of the protocol: it applies frames by `id`, `version` and `offset`, and says where a frame is
/// not what it may be.
struct ClientModel {
  struct Shown: Equatable {
    var version: Int64
    var createdVersion: Int64
    var role: String
    var status: String
    var reason: String?
    var content: [UInt8]
    var length: Int
    var replyTo: String?
    var replacedBy: String?
    var feedback: String?
    /// The calls of tools.
    var tools: [JSONValue] = []
    /// What was thought on the way to it.
    var reasoning: [JSONValue] = []
    var isWhole: Bool { status == "streaming" || content.count == length }

    /// It all, but for the content.
    var line: String {
      "\(role) \(status) \(reason ?? "-") at \(createdVersion), \(version), \(content.count) of \(length) bytes, "
        + "replaced by \(replacedBy ?? "-"), \(feedback ?? "-"), \(tools), \(reasoning)"
    }
  }

  private(set) var messages: [String: Shown] = [:]
  private(set) var version: Int64?
  private(set) var title: JSONValue?
  private(set) var context: JSONValue?
  private(set) var before: String?
  /// The answer that is being written, and the finished messages that are not whole yet.
  private(set) var streaming: String?
  private(set) var partial: Set<String> = []
  private(set) var violations: [String] = []

  /// Whether what it was shown of an answer may be lost, which it is told by the answer's length at its end.
  var toleratesLoss = false
  private var hasHole = false
  /// How often something was lost that it had been shown.
  private(set) var losses = 0

  /// Whether a frame did not fit, so that the client has to come again with its position.
  mutating func takeHole() -> Bool {
    defer { hasHole = false }
    return hasHole
  }

  // MARK: One connection

  private(set) var isWelcomed = false
  private(set) var seesTyping = false
  private(set) var resumed = false
  /// Messages whose creation this connection was told.
  private var created: Set<String> = []

  /// Begins another connection.
  mutating func connect() {
    isWelcomed = false
    seesTyping = false
    resumed = false
    created = []
  }

  /// Forgets all that it was given.
  mutating func forget() {
    messages = [:]
    version = nil
    before = nil
    streaming = nil
    partial = []
  }

  /// Where it stands; nil where it has nothing, or something that is not whole.
  var position: Position? {
    guard let version, partial.isEmpty else { return nil }
    guard let streaming, let id = MessageID(streaming), let message = messages[streaming] else {
      return Position(version: version)
    }
    return Position(version: version, streaming: .init(message: id, offset: message.content.count))
  }

  /// Whether a call of the answer that streams waits for somebody.
  var hasWaitingCall: Bool {
    streaming.flatMap { messages[$0] }?.tools.contains { $0["status"] == "waiting" } ?? false
  }

  // MARK: Frames

  /// Applies one frame.
  mutating func apply(_ frame: JSONValue) {
    let type = frame["type"]?.string ?? ""
    if !isWelcomed, type != "welcome" { fail("\(type) before welcome") }
    switch type {
    case "welcome": welcome(frame)
    case "message.created":
      advance(frame)
      guard let message = frame["message"], let id = message["id"]?.string else { return fail("created without id") }
      created.insert(id)
      apply(message: message, id)
    case "message.delta": delta(frame)
    case "message.completed": completed(frame)
    case "message.updated": updated(frame)
    case "message.tool": noted(frame)
    case "message.reasoning": thought(frame)
    case "session.updated":
      advance(frame)
      (title, context) = (frame["title"], frame["context"])
    case "message.accepted":
      guard let id = frame["id"]?.string else { return fail("accepted without id") }
      if frame["duplicate"]?.bool == false, created.contains(id) { fail("created before accepted") }
    case "history.page":
      for message in frame["messages"]?.array ?? [] {
        guard let id = message["id"]?.string else { return fail("a message without id") }
        older(message, id)
      }
      before = frame["before"]?.string
    case "typing":
      guard let isActive = frame["active"]?.bool, isActive != seesTyping else { return fail("typing told twice") }
      seesTyping = isActive
    case "run.stopping", "error", "pong": break
    default: fail("unknown type \(type)")
    }
  }

  private mutating func welcome(_ frame: JSONValue) {
    if isWelcomed { fail("a second welcome") }
    isWelcomed = true
    resumed = frame["resumed"]?.bool ?? false
    let shown = messages
    if !resumed {
      forget()
      before = frame["before"]?.string
      if frame["before"] == nil { fail("a fresh page without cursor") }
    } else if frame["before"] != nil {
      fail("a resume with cursor")
    }
    guard let version = frame["version"]?.int else { return fail("welcome without version") }
    let old = self.version
    var place: Int64 = 0
    for message in frame["messages"]?.array ?? [] {
      guard let id = message["id"]?.string else { return fail("a message without id") }
      guard let created = message["created_version"]?.int, created > place else { return fail("messages out of order") }
      place = created
      if resumed, let old, let own = message["version"]?.int, own <= old, message["status"]?.string != "streaming" {
        fail("a resume with an unchanged message")
      }
      apply(message: message, id)
    }
    if !resumed { compare(with: shown) }
    self.version = version
    (title, context) = (frame["title"], frame["context"])
    let run = frame["run"]?["message"]?.string
    if run != streaming { fail("welcome's run is not the message that streams") }
  }

  /// What was once shown is there still, or is lost; nothing else stands in its place.
  private mutating func compare(with shown: [String: Shown]) {
    for (id, now) in messages {
      guard let old = shown[id] else { continue }
      if !now.content.starts(with: old.content), !old.content.starts(with: now.content) {
        fail("shown bytes of \(id) change")
      }
      // What did not fit into the frame follows.
      guard now.content.count == now.length, now.length < old.content.count else { continue }
      losses += 1
      if !toleratesLoss { fail("shown bytes of \(id) are lost") }
    }
  }

  private mutating func advance(_ frame: JSONValue) {
    guard let next = frame["version"]?.int, let version else { return fail("no version") }
    if next != version + 1 { fail("version \(next) after \(version)") }
    self.version = next
  }

  /// A message object: what it says replaces what was known, from its offset on.
  private mutating func apply(message: JSONValue, _ id: String) {
    guard let content = message["content"]?.string, let version = message["version"]?.int,
      let createdVersion = message["created_version"]?.int, let role = message["role"]?.string,
      let status = message["status"]?.string, let length = message["length"]?.int
    else { return fail("an incomplete message object") }
    let offset = Int(message["offset"]?.int ?? 0)
    let known = messages[id]?.content ?? []
    if known.count < offset { return fail("an offset past what is known") }
    let bytes = Array(known.prefix(offset)) + Array(content.utf8)
    // What was shown never changes.
    if !bytes.starts(with: known), !known.starts(with: bytes) { fail("shown bytes of \(id) change") }
    messages[id] = Shown(
      version: version, createdVersion: createdVersion, role: role, status: status, reason: message["reason"]?.string,
      content: bytes, length: Int(length), replyTo: message["reply_to"]?.string,
      replacedBy: message["replaced_by"]?.string, feedback: message["feedback"]?.string,
      tools: message["tools"]?.array ?? [], reasoning: message["reasoning"]?.array ?? [])
    note(id)
  }

  /// A message of an older page: one that is known already stays as it is.
  private mutating func older(_ message: JSONValue, _ id: String) {
    if let known = messages[id], let version = message["version"]?.int, version <= known.version { return }
    apply(message: message, id)
  }

  private mutating func note(_ id: String) {
    guard let message = messages[id] else { return }
    if message.status == "streaming" { streaming = id } else if streaming == id { streaming = nil }
    if message.isWhole { partial.remove(id) } else { partial.insert(id) }
  }

  private mutating func delta(_ frame: JSONValue) {
    guard let id = frame["message"]?.string, let offset = frame["offset"]?.int, let text = frame["text"]?.string else {
      return fail("an incomplete delta")
    }
    guard var message = messages[id] else { return fail("a delta of an unknown message") }
    let bytes = Array(text.utf8)
    if bytes.isEmpty { fail("an empty delta") }
    guard Int(offset) <= message.content.count else { return fail("a hole") }
    let overlap = min(message.content.count - Int(offset), bytes.count)
    if message.content[Int(offset)..<Int(offset) + overlap] != bytes[..<overlap] { fail("shown bytes of \(id) change") }
    message.content += bytes[overlap...]
    messages[id] = message
    note(id)
  }

  private mutating func completed(_ frame: JSONValue) {
    if toleratesLoss, let id = frame["message"]?.string, let length = frame["length"]?.int,
      messages[id]?.content.count ?? 0 > Int(length)
    {
      hasHole = true
      return
    }
    advance(frame)
    guard let id = frame["message"]?.string, let length = frame["length"]?.int, let status = frame["status"]?.string,
      var message = messages[id]
    else { return fail("completed: unknown message") }
    if message.status != "streaming" { fail("\(id) is completed twice") }
    if message.content.count != Int(length) { fail("completed with \(message.content.count) of \(length) bytes") }
    message.status = status
    message.reason = frame["reason"]?.string
    if let tools = frame["tools"]?.array { message.tools = tools }
    if let reasoning = frame["reasoning"]?.array { message.reasoning = reasoning }
    message.length = Int(length)
    message.version = frame["version"]?.int ?? 0
    messages[id] = message
    note(id)
  }

  private mutating func noted(_ frame: JSONValue) {
    // Who decides once more what is decided is told again.
    if let told = frame["version"]?.int, let version, told <= version { return }
    advance(frame)
    guard let id = frame["message"]?.string, let tool = frame["tool"], var message = messages[id] else {
      return fail("a call of nothing")
    }
    if message.status != "streaming" { fail("\(id) calls after its end") }
    message.version = version ?? 0
    if let place = message.tools.firstIndex(where: { $0["id"] == tool["id"] }) {
      message.tools[place] = tool
    } else {
      message.tools.append(tool)
    }
    messages[id] = message
  }

  private mutating func thought(_ frame: JSONValue) {
    advance(frame)
    guard let id = frame["message"]?.string, let thought = frame["reasoning"], var message = messages[id] else {
      return fail("a thought of nothing")
    }
    if message.status != "streaming" { fail("\(id) thinks after its end") }
    if message.reasoning.contains(where: { $0["id"] == thought["id"] }) { fail("\(id) thinks something twice") }
    message.version = version ?? 0
    message.reasoning.append(thought)
    messages[id] = message
  }

  private mutating func updated(_ frame: JSONValue) {
    advance(frame)
    guard let change = frame["message"], let id = change["id"]?.string, change["version"] == frame["version"],
      change["replaced_by"] != nil || change["feedback"] != nil || change["tools"] != nil
    else { return fail("an incomplete update") }
    // One that was never loaded comes with its page.
    guard var message = messages[id] else { return }
    message.version = version ?? 0
    if let tools = change["tools"]?.array {
      if message.status != "streaming" { fail("the calls of \(id) can't be changed any more") }
      message.tools = tools
      if let reasoning = change["reasoning"]?.array { message.reasoning = reasoning }
      return messages[id] = message
    }
    if message.status == "streaming" { fail("\(id) can't be changed") }
    if let answer = change["replaced_by"] {
      if message.replacedBy != nil, message.replacedBy != answer.string { fail("\(id) can't be replaced") }
      if let answer = answer.string, change["feedback"] == nil, created.contains(answer) {
        fail("replaced by what was there before")
      }
      message.replacedBy = answer.string
    }
    if let feedback = change["feedback"] { message.feedback = feedback.string }
    messages[id] = message
  }

  private mutating func fail(_ what: String) { violations.append(what) }
}
