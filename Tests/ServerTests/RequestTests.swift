import JSONWire
import Postgres
import ProxyWire
import Server
import SkeinTestKit
import Testing
import Transport

/// The conversation over plain HTTP, by single requests.
@Suite struct RequestTests {
  /// A request that is refused, and how.
  struct Refusal: Sendable, CustomTestStringConvertible {
    var method = "POST"
    var path = "/v1/sessions/ID/messages"
    var fields = "Authorization: Bearer TOKEN\r\nContent-Type: application/json\r\n"
    var content: [UInt8] = []
    let status: Int
    let code: String
    /// A further field of the answer.
    var field: (name: StaticString, value: String)?

    var testDescription: String {
      "\(method) \(path) \(fields.filter { !$0.isNewline }) \(String(decoding: content.prefix(60), as: UTF8.self))"
    }
  }

  private static let token = "Authorization: Bearer TOKEN\r\n"
  private static let json = "Content-Type: application/json\r\n"
  private static let id = "00000000-0000-4000-8000-000000000001"
  private static let good = Array(
    #"{"id":"\#(id)","content":"hi","message":"00000000-0000-4000-8000-000000000002"}"#.utf8)

  private static func path(_ resource: String) -> String { "/v1/sessions/ID/\(resource)" }

  private static func contents(_ path: String, _ status: Int, _ code: String, _ contents: [String]) -> [Refusal] {
    contents.map { Refusal(path: path, content: Array($0.utf8), status: status, code: code) }
  }

  static let refusals: [Refusal] =
    ["stream", "messages", "stop", "retry", "tickets"].flatMap { resource in
      let method = resource == "stream" ? "GET" : "POST"
      return [
        Refusal(
          method: method, path: path(resource), fields: json, status: 401, code: "unauthenticated",
          field: ("www-authenticate", "Bearer")),
        Refusal(
          method: method, path: path(resource), fields: json + "Authorization: Basic dTpw\r\n", status: 401,
          code: "unauthenticated"),
        Refusal(
          method: method, path: path(resource), fields: json + "Authorization: Bearer a.b.c\r\n", content: good,
          status: 401, code: "unauthenticated"),
        Refusal(
          method: method, path: path(resource), fields: json + "Authorization: Bearer short\r\n", content: good,
          status: 401, code: "unauthenticated"),
        Refusal(
          method: method, path: "/v1/sessions/short/\(resource)", content: good, status: 400, code: "bad_field"),
        Refusal(
          method: method, path: path(resource) + "?site=nowhere", content: good, status: 404, code: "not_found"),
        Refusal(
          method: method, path: path(resource) + "?agent=nobody", content: good, status: 404, code: "not_found"),
        Refusal(
          method: "PUT", path: path(resource), status: 405, code: "bad_frame",
          field: ("allow", ["stream": "GET, HEAD", "messages": "POST, GET, HEAD"][resource] ?? "POST")),
        Refusal(method: "DELETE", path: path(resource), status: 405, code: "bad_frame"),
      ]
    }
    + ["/v1/sessions/ID", "/v1/sessions/ID/", "/v1/sessions/ID/other", "/v1/sessions/ID/stream/1"].map {
      Refusal(method: "GET", path: $0, status: 404, code: "not_found")
    }
    + ["-1", "201", "x", ""].map {
      Refusal(method: "GET", path: path("stream?history=\($0)"), status: 400, code: "bad_field")
    }
    + contents(path("messages"), 400, "bad_frame", ["", "[]", "{", "\"hi\"", "{\"id\":\"\\ud83d\"}", "{} {}"])
    + contents(
      path("messages"), 400, "bad_field",
      [
        "{}", #"{"id":"\#(id)"}"#, #"{"content":"hi"}"#, #"{"id":"\#(id)","content":""}"#,
        #"{"id":"x","content":"hi"}"#, #"{"id":"\#(id)","content":7}"#,
        #"{"id":"\#(id)","content":"hi","when_busy":"never"}"#, #"{"id":"\#(id)","content":"a\u0000b"}"#,
        #"{"id":"\#(id)","content":"hi","metadata":[]}"#, #"{"id":"\#(id)","content":"hi","ref":7}"#,
      ])
    + [
      Refusal(content: [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D], status: 400, code: "bad_frame"),
      Refusal(
        content: Array(#"{"id":"\#(id)","content":"\#(String(repeating: "a", count: 40_000))"}"#.utf8), status: 413,
        code: "too_large"),
      Refusal(content: [UInt8](repeating: 0x20, count: 300_000), status: 413, code: "too_large"),
      Refusal(fields: token + "Content-Type: text/plain\r\n", content: good, status: 415, code: "bad_frame"),
      Refusal(fields: token, content: good, status: 415, code: "bad_frame"),
      Refusal(path: path("messages?ticket=\(Identity.token())"), fields: json, status: 403, code: "forbidden"),
      Refusal(
        method: "GET", path: path("stream?ticket=\(Identity.token())"), fields: "", status: 401,
        code: "unauthenticated"),
      Refusal(method: "GET", path: path("stream?ticket=x"), fields: "", status: 401, code: "unauthenticated"),
      Refusal(path: path("stop"), status: 404, code: "not_found"),
      Refusal(path: path("stop"), content: Array("{}".utf8), status: 404, code: "not_found"),
    ]
    + contents(path("stop"), 400, "bad_field", [#"{"message":"x"}"#, #"{"queued":1}"#])
    + contents(path("stop"), 400, "bad_frame", ["[]", "true"])
    + contents(path("retry"), 400, "bad_field", ["{}", #"{"message":"x","id":"y"}"#])
    + contents(path("retry"), 400, "bad_frame", ["[]", ""])

  @Test(.serialized, arguments: refusals)
  func whatIsRefused(_ refusal: Refusal) async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    func filled(_ text: String) -> String {
      text.replacing("/ID", with: "/\(identity.session)").replacing("TOKEN", with: identity.token)
    }
    let client = try await server.http()
    await client.send("\(refusal.method) \(filled(refusal.path)) HTTP/1.1\r\nHost: test\r\n\(filled(refusal.fields))")
    // Nothing is read with content.
    let content = refusal.method == "GET" ? [] : refusal.content
    if !content.isEmpty { await client.send("Content-Length: \(content.count)\r\n") }
    await client.send("\r\n")
    await client.socket.send(content)
    let response = try await client.next()
    #expect(response.status == refusal.status)
    #expect(response["content-type"] == "application/problem+json")
    #expect(response.json["code"]?.string == refusal.code)
    #expect(response.json["status"]?.int == Int64(refusal.status))
    #expect(response.json["title"]?.string?.isEmpty == false)
    #expect(response.json["detail"]?.string?.isEmpty == false)
    if let (name, value) = refusal.field { #expect(response[name] == value) }
    #expect(try await server.stored(identity.session) == [])
  }

  @Test func aSessionIsMadeForWhoComesFirstAndOpenToNobodyElse() async throws {
    let server = try await TestServer.shared()
    let owner = Identity.random()
    var stranger = owner
    stranger.token = Identity.token()
    #expect(try await server.http().post("messages", owner, message("hi")).status == 202)
    for resource in ["messages", "stop", "retry", "tickets"] {
      let content = message("hi", [("message", .string(JSONValue.messageID()))])
      let refused = try await server.http().post(resource, stranger, content)
      #expect(refused.status == 401)
      #expect(refused.json["code"] == "unauthenticated")
    }
    let stream = try await server.events(stranger)
    #expect(try await stream.status() == 401)
    #expect(try await server.stored(owner.session).filter { $0.role == "user" }.count == 1)
  }

  /// As many requests as there are loops to go to, on one connection, each for a session of its own.
  @Test func aConnectionServesSessionsOfAllLoops() async throws {
    let server = try await TestServer.shared()
    let client = try await server.http()
    for index in 0..<12 {
      let identity = Identity.random()
      let id = JSONValue.messageID()
      let response = try await client.post("messages", identity, message("hi", id: id, [("ref", "r")]))
      #expect(response.status == 202)
      #expect(response["content-type"] == "application/json")
      #expect(response["cache-control"] == "no-store")
      #expect(response.json["type"] == "message.accepted")
      #expect(response.json["id"]?.string == id)
      #expect(response.json["ref"] == "r")
      #expect(response.json["duplicate"] == false)
      // Requests for files in between, on whatever loop it is.
      if index % 3 == 0 { #expect(try await client.get("/health/ready").status == 200) }
    }
  }

  @Test func pipelinedRequestsMoveAlong() async throws {
    let server = try await TestServer.shared()
    let client = try await server.http()
    let identities = (0..<20).map { _ in Identity.random() }
    var requests = ""
    for identity in identities {
      let content = String(decoding: message(identity.session).bytes, as: UTF8.self)
      requests +=
        "POST \(identity.path("messages")) HTTP/1.1\r\nHost: t\r\n\(identity.bearer)Content-Type: application/json\r\n"
        + "Content-Length: \(content.utf8.count)\r\n\r\n\(content)"
    }
    await client.send(requests)
    for _ in identities { #expect(try await client.next().status == 202) }
    for identity in identities {
      #expect(try await server.stored(identity.session).first?.content == Array(identity.session.utf8))
    }
  }

  @Test func aMessageSentAgainIsStoredOnce() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let id = JSONValue.messageID()
    let responses = try await withThrowingTaskGroup(of: (Int, JSONValue).self) { group in
      for index in 0..<8 {
        group.addTask {
          let response = try await server.http().post("messages", identity, message("take \(index)", id: id))
          return (response.status, response.json)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(responses.count { $0.0 == 202 } == 1)
    #expect(responses.count { $0.0 == 200 } == 7)
    for (status, frame) in responses {
      #expect(frame["duplicate"] == .bool(status == 200))
      #expect(frame["version"] == responses[0].1["version"])
      #expect(frame["created_at"] == responses[0].1["created_at"])
    }
    let late = try await server.http().post("messages", identity, message("much later", id: id))
    #expect(late.status == 200)
    #expect(late.json["version"] == responses[0].1["version"])
    #expect(try await server.stored(identity.session).filter { $0.role == "user" }.count == 1)
    // Nor may it have an answer's id.
    let watcher = try await server.client(identity)
    try await watcher.until { $0.from("assistant").first?.status == "complete" }
    let answer = try #require(await watcher.transcript.from("assistant").first?.id)
    let taken = try await server.http().post("messages", identity, message("hi", id: answer))
    #expect(taken.status == 400)
    #expect(taken.json["code"] == "bad_field")
  }

  @Test func anAnswerIsStopped() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.http()
    let long = message(#"/script {"chunks":10000,"bytes":10,"interval_ms":10}"#)
    #expect(try await client.post("messages", identity, long).status == 202)
    let busy = try await client.post("messages", identity, message("hi", [("when_busy", "reject")]))
    #expect(busy.status == 409)
    #expect(busy.json["code"] == "busy")

    let watcher = try await server.client(identity)
    try await watcher.until { $0.from("assistant").first?.content.isEmpty == false }
    let answer = try #require(await watcher.transcript.from("assistant").first?.id)
    let other = try await client.post("stop", identity, ["message": .string(JSONValue.messageID())])
    #expect(other.status == 404)
    let stopped = try await client.post("stop", identity, ["message": .string(answer), "ref": "s"])
    #expect(stopped.status == 202)
    #expect(stopped.json == ["type": "run.stopping", "ref": "s", "message": .string(answer)])
    #expect(try await watcher.until("run.stopping")["ref"] == nil)
    let completed = try await watcher.until("message.completed")
    #expect(completed["status"] == "stopped")
    #expect(completed["reason"] == "user")
    #expect(try await client.post("stop", identity).status == 404)
    #expect(try await server.stored(identity.session) == watcher.transcript.asStored)
  }

  /// Before its first byte, with those that wait behind it.
  @Test func aStopOfAllThatWaits() async throws {
    try await TestServer.with(agents: ["silent": SilentAgent()]) { server in
      let identity = Identity.random()
      let watcher = try await server.client(identity, agent: "silent")
      for text in ["first", "second", "third"] {
        #expect(try await server.http().post("messages", identity, message(text)).status == 202)
      }
      let stopped = try await server.http().post("stop", identity, ["queued": true])
      #expect(stopped.status == 202)
      try await watcher.until("message.completed")
      #expect(try await server.http().post("stop", identity).status == 404)
      #expect(
        try await server.stored(identity.session).map(\.status).sorted() == [
          "complete", "complete", "complete", "stopped",
        ])
    }
  }

  /// A proxy's connection carries requests of many clients: each is its own, on whatever loop the connection is.
  @Test func clientsBehindAProxyKeepTheirAddresses() async throws {
    try await TestServer.with({ $0.transport.trustedProxies = AddressRange.list("127.0.0.0/8") ?? [] }) { server in
      let proxy = try await server.http()
      for index in 1..<9 {
        let identity = Identity.random()
        let address = "203.0.113.\(index)"
        let response = try await proxy.post(
          "messages", identity, message("hi"), fields: "X-Forwarded-For: \(address)\r\n")
        #expect(response.status == 202)
        let rows = try await server.query(
          "SELECT address FROM sessions WHERE public_id = $1", [.text(identity.session)])
        #expect(try rows.text(0, 0) == address)
      }
    }
  }

  /// A server that stops answers what it has taken, and closes the connection behind that.
  @Test func aServerThatStopsAnswersWhatItHasTaken() async throws {
    let server = try await TestServer()
    let identity = Identity.random()
    let stream = try await server.events(identity)
    try await stream.until("welcome")
    let idle = try await server.http()
    #expect(try await idle.post("messages", identity, message("hi")).status == 202)
    await server.stop()
    _ = try await stream.all()
    #expect(await stream.isWhole)
    #expect(try await idle.untilEnd() == [])
  }
}
