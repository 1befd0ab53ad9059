import JSONWire
import Postgres
import SkeinTestKit
import Store
import Testing

/// `POST /api/chat/AGENT/message`: a question, and its whole answer.
@Suite struct ChatAliasTests {
  private static func withAgent(
    bareIDs: BareIDs? = .loopback, _ body: (TestServer) async throws -> Void
  ) async throws {
    try await TestServer.with(agents: ["agent_123": RememberingAgent()]) { server in
      if let bareIDs {
        try await server.sites { book in
          var change = SiteChange()
          change.bareIDs = bareIDs
          _ = try await book.update("default", change)
        }
      }
      try await body(server)
    }
  }

  private static func chat(
    _ server: TestServer, _ content: JSONValue, agent: String = "agent_123", fields: String = ""
  ) async throws -> HTTPTestResponse {
    let http = try await server.http()
    let bytes = content.bytes
    await http.send(
      "POST /api/chat/\(agent)/message HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n\(fields)"
        + "Content-Length: \(bytes.count)\r\n\r\n")
    await http.socket.send(bytes)
    return try await http.next()
  }

  /// Until the server has noticed what its site allows.
  private static func eventually(
    _ server: TestServer, _ content: JSONValue, is status: Int, fields: String = ""
  ) async throws -> HTTPTestResponse {
    var response = try await chat(server, content, fields: fields)
    _ = try await comesTrue {
      if response.status == status { return true }
      response = try await chat(server, content, fields: fields)
      return false
    }
    return response
  }

  /// The example of the document that the path is from.
  @Test func twoSessionsAreIsolated() async throws {
    try await Self.withAgent { server in
      let first = try await Self.eventually(
        server, ["message": "My name is Alice", "session_id": "session_1"], is: 200)
      #expect(first.json["response"] == "I see." && first.json["session_id"] == "session_1")
      #expect(first.json["status"] == "complete" && first.json["has_error"] == false)
      #expect(first.json["agent_id"] == "agent_123" && first.json["tools_used"] == .array([]))
      let second = try await Self.chat(server, ["message": "What is my name?", "session_id": "session_2"])
      #expect(second.json["response"] == "You have not told me your name.")
      let third = try await Self.chat(server, ["message": "What is my name?", "session_id": "session_1"])
      #expect(third.json["response"] == "Your name is Alice.")
    }
  }

  @Test func aSessionIsMadeAndFoundAgain() async throws {
    try await Self.withAgent { server in
      let first = try await Self.eventually(
        server, ["message": "My name is Bob", "metadata": ["website_domain": "example.com"]], is: 200)
      let id = try #require(first.json["session_id"]?.string)
      let second = try await Self.chat(server, ["message": "What is my name?", "session_id": .string(id)])
      #expect(second.json["response"] == "Your name is Bob.")
      let stored = try await server.query(
        "SELECT metadata->>'website_domain' FROM messages WHERE content = 'My name is Bob'")
      #expect(try stored.text(0, 0) == "example.com")
    }
  }

  /// With a token the session is its owner's, on whichever way; the id alone does not open it.
  @Test func aTokensSessionIsNotOpenedByItsIdAlone() async throws {
    try await Self.withAgent { server in
      let identity = Identity.random()
      let content: JSONValue = ["message": "My name is Carol", "session_id": .string(identity.session)]
      let mine = try await Self.chat(server, content, fields: identity.bearer)
      #expect(mine.status == 200 && mine.json["response"] == "I see.")
      let socket = try await server.client(identity)
      #expect(try await socket.ask("What is my name?").text == "Your name is Carol.")
      let bare = try await Self.eventually(server, ["message": "hi", "session_id": "session_3"], is: 200)
      #expect(bare.status == 200)
      let theirs: JSONValue = ["message": "What is my name?", "session_id": .string(identity.session)]
      let stolen = try await Self.chat(server, theirs)
      #expect(stolen.status == 401 && stolen.json["code"] == "unauthenticated")
      let other = try await Self.chat(server, theirs, fields: Identity.random().bearer)
      #expect(other.status == 401 && other.json["code"] == "unauthenticated")
    }
  }

  /// A session that is used by its id alone is opened by no token.
  @Test func noTokenOpensABareSession() async throws {
    try await Self.withAgent { server in
      let id = Identity.random().session
      let made = try await Self.eventually(server, ["message": "hi", "session_id": .string(id)], is: 200)
      #expect(made.status == 200)
      let identity = Identity(session: id, token: Identity.random().token)
      let response = try await server.http().post("messages", identity, message("hi"))
      #expect(response.status == 401)
    }
  }

  @Test func elsewhereATokenIsNeeded() async throws {
    try await Self.withAgent(bareIDs: nil) { server in
      let content: JSONValue = ["message": "hi", "session_id": "session_1"]
      let refused = try await Self.chat(server, content)
      #expect(refused.status == 401 && refused["www-authenticate"] == "Bearer")
      // What a proxy on this machine passes on does not come from it.
      try await server.sites { book in
        var change = SiteChange()
        change.bareIDs = .loopback
        _ = try await book.update("default", change)
      }
      #expect(try await Self.eventually(server, content, is: 200).status == 200)
      for field in ["X-Forwarded-For: 192.0.2.1", "Forwarded: for=192.0.2.1", "Via: 1.1 proxy"] {
        #expect(try await Self.chat(server, content, fields: field + "\r\n").status == 401, "\(field)")
      }
    }
  }

  @Test(arguments: [
    ("{}", 400, "bad_field"), ("[]", 400, "bad_frame"), ("{", 400, "bad_frame"), ("", 400, "bad_frame"),
    (#"{"message":""}"#, 400, "bad_field"), (#"{"message":7}"#, 400, "bad_field"),
    (#"{"message":"hi","session_id":7}"#, 400, "bad_field"), (#"{"message":"hi","session_id":""}"#, 400, "bad_field"),
    (#"{"message":"hi","session_id":"-a"}"#, 400, "bad_field"),
    (#"{"message":"hi","session_id":"a b"}"#, 400, "bad_field"),
    (#"{"message":"hi","metadata":7}"#, 400, "bad_field"),
  ])
  func badContentIsRefused(content: String, status: Int, code: String) async throws {
    let http = try await TestServer.shared().http()
    await http.send(
      "POST /api/chat/script/message HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
        + "\(Identity.random().bearer)Content-Length: \(content.utf8.count)\r\n\r\n\(content)")
    let response = try await http.next()
    #expect(response.status == status && response.json["code"]?.string == code, "\(content) \(response.json)")
  }

  @Test func anUnknownAgentIsNotThere() async throws {
    let server = try await TestServer.shared()
    let response = try await Self.chat(
      server, ["message": "hi", "session_id": .string(Identity.random().session)], agent: "nobody",
      fields: Identity.random().bearer)
    #expect(response.status == 404 && response.json["code"] == "not_found")
  }
}
