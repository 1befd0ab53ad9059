import Conversation
import HTTPWire
import JSONWire
import Log
import Postgres
import Reactor
import Store
import Transport

/// How a whole answer is told: by the names that the sender gave.
struct ChatReply: Sendable {
  /// The session's id as the client has it.
  let session: String
  /// What its answer is called.
  var answer = "response"
}

/// What a client asks, by whichever names.
struct ChatForm {
  var text: JSONValue?
  var session: JSONValue?
  var metadata: JSONValue?
  /// What the text and the answer are called.
  var field = "message"
  var reply = "response"

  /// - Parameter field: what the text is called.
  init(_ object: JSONObject, field: String = "message") {
    (text, session, metadata) = (object[field], object["session_id"], object["metadata"])
    self.field = field
  }

  init(text: JSONValue, session: JSONValue, reply: String) {
    (self.text, self.session, self.reply) = (text, session, reply)
  }
}

/// A question by one request, and its whole answer by the response to that.
extension Shard {
  /// `{message, session_id?, metadata?}`; the session is its sender's by token, or its id's alone.
  /// - Parameter form: nil for that of the content.
  func chat(_ visit: Visit, with agent: String, _ form: ChatForm? = nil) throws(Problem) {
    guard !isDraining else { throw Problem(.draining) }
    guard let passport = visit.passport else { throw .internal }
    guard directory.agent(agent, for: passport.site) != nil else { throw .notFound("there is no such agent") }
    let form = if let form { form } else { ChatForm(try visit.request.object()) }
    guard let text = form.text?.string else { throw .badField("\(form.field): a string") }
    let given = form.session ?? .null
    guard given == .null || given.string != nil else { throw .badField("session_id: a string") }
    let send = try send(text, metadata: form.metadata ?? .null)
    var hello = ClientFrame.Hello()
    hello.agent = agent
    hello.history = 0
    let token = try visit.request.head.token
    var owner: [UInt8]?
    let name = given.string ?? SessionID.random(using: &random).text
    if token == nil {
      guard passport.site.takesBareIDs(visit.request.head, from: visit.connection.peer?.host) else {
        throw .unauthenticated(
          "a token is missing: Authorization: Bearer TOKEN (this site does not take a bare session_id)")
      }
      let session = try BareSession(name, on: passport.site)
      (hello.session, owner) = (session.id, session.owner)
    } else {
      guard let id = SessionID(name) else { throw .badField("session_id: 16 to 64 of A-Z a-z 0-9 _ -") }
      (hello.session, hello.token) = (id, token)
    }
    let client = Client(
      visit.connection, stage: .binding,
      passport: passport.with(.send(send, .answer(ChatReply(session: name, answer: form.reply)))))
    client.passport.owner = owner
    enter(client)
    if owner == nil { greet(client, hello, ref: nil) } else { bring(client, hello, ref: nil) }
  }

  /// A message that is named here, held to the limits of any other.
  private func send(_ text: String, metadata: JSONValue) throws(Problem) -> ClientFrame.Send {
    var members: [(String, JSONValue)] = [
      ("id", .string("\(MessageID.random(using: &random))")), ("content", .string(text)),
    ]
    if metadata != .null { members.append(("metadata", metadata)) }
    let frame = JSONValue.object(JSONObject(members)).bytes
    do throws(ProtocolError) {
      let decoded = try ClientFrame(decoding: frame.span.bytes, as: "message.send", limits: node.settings.limits)
      guard case .send(let send) = decoded.body else {
        throw ProtocolError(.internal, "it was understood as another frame")
      }
      return send
    } catch {
      throw Problem(error)
    }
  }

  /// A client was given what it came for.
  func serve(_ client: Client, of session: LiveSession) {
    guard case .send(let question, .answer(let reply)) = client.passport.errand, let owner = client.passport.owner
    else {
      return end(client)
    }
    let acting = Acting(site: client.passport.site.id, owner: owner)
    let id = session.id
    unbind(client)
    client.stage = .leaving
    loop.task {
      let response: HTTPResponse
      do {
        let rows = try await requests.read(.answer, [.text(id.text), .uuid(question.id.uuid)], as: acting)
        response = try rows.chatResponse(reply)
      } catch {
        log.error("an answer can't be shown", ["session": id, "error": "\(error)"])
        response = Problem.unavailable.response
      }
      guard self.client(of: client.connection) === client else { return }
      engine.respond(client.connection, response.addressed(to: client.passport))
      clients[client.connection.slot] = nil
    }
  }
}

extension PostgresRows {
  /// An answer from its row of `RequestStatement.answer`; there is none where the question was dropped.
  fileprivate func chatResponse(_ reply: ChatReply) throws(PostgresError) -> HTTPResponse {
    var json = JSONWriter()
    json.beginObject()
    json.key("session_id")
    json.string(reply.session)
    guard count > 0 else {
      json.key(escaping: reply.answer)
      json.null()
      json.key("status")
      json.string("stopped")
      json.endObject()
      return .json(.ok, json.bytes)
    }
    json.key("message_id")
    json.string(try text(0, 0))
    json.key(escaping: reply.answer)
    json.string(try text(0, 1))
    json.key("status")
    json.string(try text(0, 2))
    let error = try optional(0, 3, text)
    json.key("has_error")
    json.bool(error != nil)
    json.optional("error_message", error)
    json.key("tools_used")
    json.raw(try bytes(0, 4))
    json.optional("tokens_used", try optional(0, 5, int))
    json.optional("processing_time_ms", try optional(0, 6, int))
    json.key("agent_id")
    json.string(try text(0, 7))
    json.key("created_at")
    json.timestamp(try timestamp(0, 8) / 1000)
    json.endObject()
    return .json(.ok, json.bytes)
  }
}

extension JSONWriter {
  fileprivate mutating func optional(_ name: StaticString, _ number: Int64?) {
    guard let number else { return }
    key(name)
    int(number)
  }
}
