import JSONWire
import Postgres
import Server
import SkeinTestKit
import Testing

/// Sessions as resources over plain HTTP.
@Suite struct SessionsAPITests {
  private func request(
    _ method: String, _ path: String, _ identity: Identity, _ content: JSONValue? = nil, fields: String = "",
    on server: TestServer? = nil
  ) async throws -> HTTPTestResponse {
    let shared: TestServer
    if let server { shared = server } else { shared = try await TestServer.shared() }
    let client = try await shared.http()
    let bytes = content?.bytes ?? []
    let type = content == nil ? "" : "Content-Type: application/json\r\n"
    await client.send(
      "\(method) \(path) HTTP/1.1\r\nHost: test\r\n\(identity.bearer)\(fields)\(type)Content-Length: \(bytes.count)\r\n\r\n"
    )
    await client.socket.send(bytes)
    return try await client.next()
  }

  @Test func aSessionIsMadeChangedAndDeleted() async throws {
    let identity = Identity.random()
    let path = "/v1/sessions/\(identity.session)"
    let made = try await request(
      "POST", "/v1/sessions", identity, ["id": .string(identity.session), "agent": "script"])
    #expect(made.status == 201 && made.json["id"]?.string == identity.session)
    #expect(made.json["version"] == 0 && made.json["agent"]?["slug"] == "script")
    #expect(made.json["status"] == "active" && made.json["title"] == .null)
    // The same again is that session.
    let again = try await request("POST", "/v1/sessions", identity, ["id": .string(identity.session)])
    #expect(again.status == 200 && again.json == made.json)
    let changed = try await request(
      "PATCH", path, identity, ["title": "T", "description": "D", "context": ["a": 1], "metadata": ["b": 2]])
    #expect(changed.status == 200 && changed.json["version"] == 1)
    #expect(changed.json["title"] == "T" && changed.json["description"] == "D")
    #expect(changed.json["context"] == ["a": 1] && changed.json["metadata"] == ["b": 2])
    let got = try await request("GET", path, identity)
    #expect(got.json == changed.json && got["etag"] == "\"v1\"")
    #expect(try await request("GET", path, identity, fields: "If-None-Match: \"v1\"\r\n").status == 304)
    let stale = try await request("PATCH", path, identity, ["title": "X"], fields: "If-Match: \"v0\"\r\n")
    #expect(stale.status == 412)
    let fits = try await request("PATCH", path, identity, ["title": nil], fields: "If-Match: \"v1\"\r\n")
    #expect(fits.status == 200 && fits.json["title"] == .null && fits.json["version"] == 2)
    #expect(try await request("PATCH", path, identity, [:]).json["code"] == "bad_field")
    // Who reads it is told of its end.
    let server = try await TestServer.shared()
    let reading = try await server.client(identity)
    #expect(try await request("DELETE", path, identity).status == 204)
    #expect(try await reading.untilClosed() == 4401)
    #expect(await reading.lastError?["code"] == "unauthenticated")
    // It is one that is not there, to its owner as to others.
    let unknown = Identity.random()
    for (method, content) in [("GET", nil), ("PATCH", ["title": "X"]), ("DELETE", nil)] as [(String, JSONValue?)] {
      let gone = try await request(method, path, identity, content)
      let absent = try await request(method, "/v1/sessions/\(unknown.session)", identity, content)
      #expect(gone.status == 404 && gone.body == absent.body)
    }
    #expect(try await request("GET", path + "/messages", identity).status == 404)
    let late = try await server.connect()
    await late.send(.object(JSONObject([("type", "hello")] + identity.fields)))
    #expect(try await late.untilClosed() == 4401)
    #expect(try await request("POST", "/v1/sessions", identity, ["id": .string(identity.session)]).status == 401)
  }

  @Test func anothersSessionIsNotThere() async throws {
    let server = try await TestServer.shared()
    let (owner, stranger) = (Identity.random(), Identity.random())
    let client = try await server.client(owner)
    let answer = try await client.ask("/script {\"text\":\"secret\"}")
    let path = "/v1/sessions/\(owner.session)"
    let absent = "/v1/sessions/\(Identity.random().session)"
    for (method, rest, content) in [
      ("GET", "", nil), ("GET", "/messages", nil), ("PATCH", "", ["title": "mine"]), ("DELETE", "", nil),
      ("PUT", "/messages/\(answer.id)/feedback", ["rating": "up"]),
    ] as [(String, String, JSONValue?)] {
      let refused = try await request(method, path + rest, stranger, content)
      #expect(refused.status == 404, "\(method) \(rest)")
      #expect(try await request(method, absent + rest, stranger, content).body == refused.body, "\(method) \(rest)")
    }
    #expect(try await request("POST", "/v1/sessions", stranger, ["id": .string(owner.session)]).status == 401)
    #expect(try await request("GET", "/v1/sessions", stranger).json["sessions"] == [])
    #expect(try await client.settle().isEmpty)
  }

  @Test func messagesArePagedBothWays() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    for number in 1...4 { try await client.ask("/script {\"text\":\"answer \(number)\"}") }
    let transcript = await client.transcript
    let path = "/v1/sessions/\(identity.session)/messages"
    var (ids, cursor) = ([String](), "")
    repeat {
      let page = try await request("GET", path + "?limit=3" + (cursor.isEmpty ? "" : "&before=\(cursor)"), identity)
        .json
      #expect(page["version"]?.int == transcript.version)
      ids = (page["messages"]?.array ?? []).compactMap { $0["id"]?.string } + ids
      cursor = page["before"]?.string ?? ""
      #expect(page["has_more"]?.bool == !cursor.isEmpty)
    } while !cursor.isEmpty
    #expect(ids == transcript.messages.map(\.id))
    (ids, cursor) = ([], "v1")
    var hasMore = true
    while hasMore {
      let page = try await request("GET", path + "?limit=3&after=\(cursor)", identity).json
      ids += (page["messages"]?.array ?? []).compactMap { $0["id"]?.string }
      cursor = page["after"]?.string ?? cursor
      hasMore = page["has_more"]?.bool ?? false
    }
    #expect(ids == Array(transcript.messages.map(\.id).dropFirst()))
    let whole = try await request("GET", "/v1/sessions/\(identity.session)?messages=2", identity).json
    #expect(whole["messages"]?.array?.map { $0["content"]?.string }.last == "answer 4")
    #expect(whole["messages"]?.array?.count == 2 && whole["message_count"] == 8)
    for bad in ["limit=0", "limit=201", "before=x", "after=v0", "before=v1&after=v1"] {
      #expect(try await request("GET", path + "?\(bad)", identity).json["code"] == "bad_field", "\(bad)")
    }
  }

  @Test func sessionsAreListedNewestFirst() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    var made: [String] = []
    for number in 0..<5 {
      let id = Identity.random().session
      made.append(id)
      _ = try await request("POST", "/v1/sessions", identity, ["id": .string(id), "agent": "script"])
      if number == 2 { _ = try await request("PATCH", "/v1/sessions/\(id)", identity, ["title": "Crème brûlée"]) }
    }
    var (listed, cursor, pages) = ([String](), "", 0)
    repeat {
      let page = try await request(
        "GET", "/v1/sessions?limit=2" + (cursor.isEmpty ? "" : "&cursor=\(cursor)"), identity
      )
      .json
      listed += (page["sessions"]?.array ?? []).compactMap { $0["id"]?.string }
      cursor = page["next"]?.string ?? ""
      pages += 1
    } while !cursor.isEmpty
    #expect(listed == made.reversed() && pages == 3)
    func ids(_ query: String) async throws -> [String?]? {
      try await request("GET", "/v1/sessions?\(query)", identity).json["sessions"]?.array?.map { $0["id"]?.string }
    }
    #expect(try await ids("q=br%C3%BBl%C3%A9e") == [made[2]])
    for none in ["q=pudding", "status=ended", "agent=nobody"] { #expect(try await ids(none) == [], "\(none)") }
    #expect(try await ids("status=active&agent=script")?.count == 5)
    // A message brings its session to the front.
    let client = try await server.client(Identity(session: made[0], token: identity.token))
    try await client.ask("hi")
    #expect(try await ids("limit=1") == [made[0]])
    for bad in ["cursor=abc", "status=gone", "limit=101", "cursor="] {
      #expect(try await request("GET", "/v1/sessions?\(bad)", identity).json["code"] == "bad_field", "\(bad)")
    }
  }

  @Test func searchFindsTitlesAndMessages() async throws {
    try await TestServer.with({ $0.searchMilliseconds = 20 }) { server in
      _ = try await server.query("UPDATE sites SET languages = '{en,de}'")
      let (identity, stranger) = (Identity.random(), Identity.random())
      let client = try await server.client(identity)
      try await client.ask("/script {\"text\":\"They were running through <b>the houses</b> & gardens\"}")
      try await client.ask("/script {\"text\":\"Die Häuser sind groß\"}")
      _ = try await client.request(["type": "session.update", "title": "Gardens of stone"])
      #expect(try await server.eventually("SELECT count(*) = 5 FROM search_entries"))
      func find(_ query: String, _ identity: Identity) async throws -> JSONValue {
        try await request("GET", "/v1/search?q=\(query)", identity, on: server).json
      }
      // By any form of a word, in any language of the site.
      for (query, count) in [("run", 2), ("house", 2), ("haus", 2), ("garden", 3), ("stone", 1), ("tree", 0)] {
        #expect(try await find(query, identity)["results"]?.array?.count == count, "\(query)")
        #expect(try await find(query, stranger)["results"] == [], "\(query)")
      }
      let found = try await find("houses", identity)["results"]?.array ?? []
      let answer = try #require(found.first { $0["role"] == "assistant" })
      #expect(answer["session"]?.string == identity.session && answer["title"] == "Gardens of stone")
      let parts = answer["snippet"]?.array ?? []
      // What people have written is text, whatever it looks like.
      #expect(
        parts.map { $0["text"]?.string ?? "" }.joined() == "They were running through <b>the houses</b> & gardens")
      #expect(parts.filter { $0["match"] == true }.map { $0["text"] } == ["houses"])
      let title = try #require(try await find("stone", identity)["results"]?.array?.first)
      #expect(title["message"] == .null && title["role"] == .null)
      // In pages.
      var (ids, cursor) = ([JSONValue?](), "")
      repeat {
        let page = try await request(
          "GET", "/v1/search?q=garden&limit=1" + (cursor.isEmpty ? "" : "&cursor=\(cursor)"), identity, on: server
        ).json
        ids += (page["results"]?.array ?? []).map { $0["message"] }
        cursor = page["next"]?.string ?? ""
      } while !cursor.isEmpty
      #expect(ids.count == 3 && Set(ids.map { "\(String(describing: $0))" }).count == 3)
      #expect(try await find("", identity)["code"] == "bad_field")
      // What is deleted is not found.
      _ = try await request("DELETE", "/v1/sessions/\(identity.session)", identity, on: server)
      #expect(try await find("garden", identity)["results"] == [])
    }
  }

  @Test func feedbackByRequest() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    let answer = try await client.ask("/script {\"text\":\"said\"}")
    let path = "/v1/sessions/\(identity.session)/messages/\(answer.id)/feedback"
    #expect(try await request("PUT", path, identity, ["rating": "down", "comment": "no"]).status == 204)
    try await client.until { $0[answer.id]?.feedback == "down" }
    #expect(try await request("PUT", path, identity, ["rating": "no"]).json["code"] == "bad_field")
    let question = "/v1/sessions/\(identity.session)/messages/\(answer.replyTo ?? "")/feedback"
    #expect(try await request("PUT", question, identity, ["rating": "up"]).json["code"] == "bad_field")
  }

  @Test func allDataOfAVisitorGoes() async throws {
    try await TestServer.with { server in
      let (identity, other) = (Identity.random(), Identity.random())
      let second = Identity(session: Identity.random().session, token: identity.token)
      let client = try await server.client(identity)
      try await client.ask("hi")
      let reading = try await server.client(second)
      let stranger = try await server.client(other)
      try await stranger.ask("hi")
      let gone = try await request("DELETE", "/v1/me/data", identity, on: server)
      #expect(gone.status == 200 && gone.json == ["sessions": 2])
      for client in [client, reading] { #expect(try await client.untilClosed() == 4401) }
      let counts = try await server.query(
        "SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM visitors), (SELECT count(*) FROM messages)")
      #expect(try counts.int(0, 0) == 1 && counts.int(0, 1) == 1 && counts.int(0, 2) == 2)
      #expect(try await stranger.settle().isEmpty)
      // Who comes again is new, and may have the same ids.
      #expect(try await server.connect().hello(identity)["created"] == true)
    }
  }

  @Test func deletedAtOnceLeavesNothing() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    await client.say("/script {\"chunks\":100000,\"bytes\":12,\"interval_ms\":20}")
    try await client.until { $0.messages.last?.content.isEmpty == false }
    #expect(try await request("DELETE", "/v1/sessions/\(identity.session)?now=true", identity).status == 204)
    #expect(try await client.untilClosed() == 4401)
    let rows = try await server.query("SELECT count(*) FROM sessions WHERE public_id = $1", [.text(identity.session)])
    #expect(try rows.int(0, 0) == 0)
    #expect(
      try await server.eventually(
        "SELECT NOT EXISTS (SELECT FROM runs r WHERE NOT EXISTS (SELECT FROM sessions s WHERE s.id = r.session_id))"))
  }

  @Test func aSessionAsAFile() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    for number in 1...3 { try await client.ask("/script {\"text\":\"answer \(number)\"}") }
    let path = "/v1/sessions/\(identity.session)/export"
    let json = try await request("GET", path, identity)
    #expect(json.json["messages"]?.array?.count == 6 && json.json["id"]?.string == identity.session)
    #expect(json["content-disposition"] == "attachment; filename=\"\(identity.session).json\"")
    let lines = try await request("GET", path + "?format=ndjson", identity).text.split(separator: "\n")
    #expect(lines.count == 7)
    for line in lines { #expect(throws: Never.self) { try JSONValue(parsing: String(line)) } }
    let text = try await request("GET", path + "?format=markdown", identity).text
    #expect(text.hasPrefix("# Conversation\n") && text.contains("\n\nanswer 3\n"))
    #expect(try await request("GET", path + "?format=pdf", identity).json["code"] == "bad_field")
    #expect(try await request("GET", path, Identity.random()).status == 404)
  }

  /// As the documents of the system have it whose paths these are.
  @Test(arguments: ["", "/api/v1/personal-assistant"]) func theAssistantsPaths(_ prefix: String) async throws {
    let server = try await TestServer.shared()
    let visitor = Identity.random()
    let made = try await request("POST", "\(prefix)/sessions/new", visitor)
    let id = try #require(made.json["session_id"]?.string)
    #expect(made.status == 201 && id.utf8.count == 36 && made.json["created_at"]?.string?.hasSuffix("Z") == true)
    let client = try await server.client(Identity(session: id, token: visitor.token))
    try await client.ask("Hello!")
    let listed = try await request("GET", "\(prefix)/sessions", visitor).json["sessions"]?.array
    #expect(listed?.map { $0["session_id"]?.string } == [id] && listed?.first?["is_active"] == true)
    let messages = try await request("GET", "\(prefix)/sessions/\(id)/messages", visitor).json["messages"]?.array ?? []
    #expect(messages.map { $0["role"]?.string } == ["user", "assistant"] && messages.first?["content"] == "Hello!")
    #expect(messages.allSatisfy { $0["has_error"] == false && $0["tools_used"]?.array != nil })
    let stranger = Identity.random()
    #expect(try await request("GET", "\(prefix)/sessions/\(id)/messages", stranger).status == 404)
    #expect(try await request("DELETE", "\(prefix)/sessions/\(id)", stranger).status == 404)
    #expect(try await request("DELETE", "\(prefix)/sessions/\(id)", visitor).status == 200)
    #expect(try await request("GET", "\(prefix)/sessions/\(id)/messages", visitor).status == 404)
  }

  /// Whoever reads a session on another server is told of its end too.
  @Test func anotherServersReadersAreToldOfTheEnd() async throws {
    try await TestServer.with { one in
      try await TestServer.with(url: one.url) { two in
        let identity = Identity.random()
        let reading = try await two.client(identity)
        await reading.say("/script {\"chunks\":100000,\"bytes\":12,\"interval_ms\":20}")
        try await reading.until { $0.messages.last?.content.isEmpty == false }
        #expect(try await request("DELETE", "/v1/sessions/\(identity.session)", identity, on: one).status == 204)
        #expect(try await reading.untilClosed() == 4401)
        #expect(
          try await one.eventually("SELECT NOT EXISTS (SELECT FROM runs)"))
      }
    }
  }
}
