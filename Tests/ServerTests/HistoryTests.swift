import JSONWire
import SkeinTestKit
import Testing

/// Pages of older messages.
@Suite struct HistoryTests {
  /// A session of 120 messages.
  private static func longSession(_ server: TestServer, _ identity: Identity) async throws -> Transcript {
    let client = try await server.client(identity)
    for index in 0..<60 { await client.say("/script {\"text\":\"\(index)\"}") }
    try await client.until({ $0.from("assistant").filter { $0.status == "complete" }.count == 60 }, within: 30_000)
    return await client.transcript
  }

  @Test func pagesBackToTheStart() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let all = try await Self.longSession(server, identity)
    #expect(all.messages.count == 120)

    for history in [0, 1, 50, 119, 120, 200] {
      let client = try await server.connect()
      let welcome = try await client.hello(identity, history: history)
      #expect(welcome["messages"]?.array?.count == min(history, 120))
      #expect((welcome["before"] == .null) == (history >= 120))
      var pages = 0
      while let before = await client.transcript.before {
        let page = try await client.request([
          "type": "history.load", "before": .string(before), "limit": 37, "ref": .string("p\(pages)"),
        ])
        #expect(page["type"] == "history.page")
        #expect(page["ref"]?.string == "p\(pages)")
        pages += 1
      }
      #expect(pages == (max(0, 120 - history) + 36) / 37)
      #expect(await client.transcript.asStored == all.asStored)
      #expect(try await client.settle() == [])
    }

    // Without a limit: 50, the default of the first page too.
    let client = try await server.connect()
    #expect(try await client.hello(identity)["messages"]?.array?.count == 50)
    let cursor = try #require(await client.transcript.before)
    let page = try await client.request(["type": "history.load", "before": .string(cursor)])
    #expect(page["messages"]?.array?.count == 50)
    // The same again, from the same cursor.
    let again = try await client.request(["type": "history.load", "before": .string(cursor), "limit": 200])
    #expect(again["messages"]?.array?.count == 70)
    #expect(again["before"] == .null)
  }

  @Test(
    arguments: [
      ["before": nil], ["before": ""], ["before": "x"], ["before": "v"], ["before": "v-1"], ["before": "v01"],
      ["before": 7], ["before": "v99999999999999999999"], ["limit": 0, "before": "v1"], ["limit": 201, "before": "v1"],
      ["limit": "5", "before": "v1"], ["limit": 1.5, "before": "v1"],
    ] as [JSONValue])
  func badLoads(fields: JSONValue) async throws {
    let client = try await TestServer.shared().client()
    #expect(try await client.request(frame("history.load", fields))["code"] == "bad_field")
    #expect(try await client.settle() == [])
  }

  @Test func theStreamingAnswerIsAlwaysThere() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    try await client.ask("one")
    await client.say("/script {\"chunks\":100000,\"bytes\":10,\"interval_ms\":10}")
    try await client.until { $0.messages.last?.status == "streaming" && $0.messages.last?.content.isEmpty == false }
    let other = try await server.connect()
    let welcome = try await other.hello(identity, history: 0)
    #expect(welcome["messages"]?.array?.map { $0["status"] } == ["streaming"])
    let before = try #require(welcome["before"]?.string)
    let page = try await {
      await other.send(["type": "history.load", "before": .string(before)])
      return try await other.until("history.page")
    }()
    #expect(page["messages"]?.array?.count ?? 0 >= 3)
    #expect(page["before"] == .null)
    await other.send(["type": "run.stop"])
    try await other.until("message.completed")
    try await client.until("message.completed")
    #expect(await other.transcript.asStored == client.transcript.asStored)
  }

  @Test func manyLoadsAtOnce() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    _ = try await Self.longSession(server, identity)
    let client = try await server.client(identity, history: 1)
    let cursor = try #require(await client.transcript.before)
    for index in 0..<100 {
      await client.send([
        "type": "history.load", "before": .string(cursor), "limit": 200, "ref": .string("\(index)"),
      ])
    }
    for index in 0..<100 {
      let page = try await client.next()
      #expect(page["ref"]?.string == "\(index)")
      #expect(page["messages"]?.array?.count == 119)
    }
  }
}
