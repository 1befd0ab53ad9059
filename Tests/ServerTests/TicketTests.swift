import JSONWire
import Postgres
import Server
import SkeinTestKit
import Testing

/// Tickets: whoever has one reads one session.
@Suite struct TicketTests {
  private func ticket(_ server: TestServer, _ identity: Identity) async throws -> String {
    let response = try await server.http().post("tickets", identity)
    #expect(response.status == 201)
    #expect(response["cache-control"] == "no-store")
    #expect(response.json["expires_at"]?.string?.hasSuffix("Z") == true)
    return try #require(response.json["ticket"]?.string)
  }

  private func open(
    _ server: TestServer, _ session: String, _ ticket: String, lastEventID: String = "",
    transcript: Transcript = Transcript()
  ) async throws -> EventClient {
    try await EventClient.open(
      to: server.port, "/v1/sessions/\(session)/stream?ticket=\(ticket)", transcript: transcript,
      lastEventID: lastEventID)
  }

  @Test func itOpensOnceAndResumes() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let ticket = try await ticket(server, identity)
    // The session was made for its owner.
    let stream = try await open(server, identity.session, ticket)
    #expect(try await stream.until("welcome").frame["created"] == false)
    let answer = try await server.client(identity).ask("hi")
    try await stream.until { $0.messages.last?.status == "complete" }
    await stream.drop()

    #expect(try await open(server, identity.session, ticket).status() == 401)
    #expect(try await open(server, identity.session, ticket, lastEventID: "x").status() == 401)
    for _ in 0..<3 {
      let (transcript, id) = (await stream.transcript, await stream.lastEventID)
      let again = try await open(server, identity.session, ticket, lastEventID: id, transcript: transcript)
      #expect(try await again.until("welcome").frame["resumed"] == true)
      #expect(await again.transcript.messages.last == answer)
    }
  }

  @Test func itIsForOneSessionAndForReading() async throws {
    let server = try await TestServer.shared()
    let (identity, other) = (Identity.random(), Identity.random())
    _ = try await server.client(other)
    let ticket = try await ticket(server, identity)
    #expect(try await open(server, other.session, ticket).status() == 401)
    #expect(try await open(server, Identity.random().session, ticket).status() == 401)
    for (resource, content) in [("messages", message("hi")), ("stop", [:]), ("tickets", [:])] {
      var bearer = identity
      bearer.token = ticket
      let asToken = try await server.http().post(resource, bearer, content)
      #expect(asToken.status == 401)
      let client = try await server.http()
      await client.send(
        "POST /v1/sessions/\(identity.session)/\(resource)?ticket=\(ticket) HTTP/1.1\r\nHost: t\r\n\r\n")
      #expect(try await client.next().json["code"] == "forbidden")
    }
    // What failed has not used it up.
    #expect(try await open(server, identity.session, ticket).status() == 200)
  }

  @Test func ofManyWhoUseItAtOnceOneIsLetIn() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let ticket = try await ticket(server, identity)
    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<8 { group.addTask { try await open(server, identity.session, ticket).status() } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(statuses.sorted() == [200] + Array(repeating: 401, count: 7))
  }

  @Test func itExpires() async throws {
    try await TestServer.with({ $0.ticketSeconds = 0 }) { server in
      let identity = Identity.random()
      let ticket = try await ticket(server, identity)
      #expect(try await open(server, identity.session, ticket).status() == 401)
      #expect(try await open(server, identity.session, ticket, lastEventID: "0").status() == 401)
      // The next one clears it away, and is there itself.
      _ = try await self.ticket(server, identity)
      let rows = try await server.query("SELECT count(*) FROM tickets")
      #expect(try rows.int(0, 0) == 1)
    }
    try await TestServer.with({ $0.ticketReuseSeconds = 0 }) { server in
      let identity = Identity.random()
      let ticket = try await ticket(server, identity)
      #expect(try await open(server, identity.session, ticket).status() == 200)
      #expect(try await open(server, identity.session, ticket, lastEventID: "0").status() == 401)
    }
  }

  /// Any server on the database knows it, and it outlives the one that made it.
  @Test func everyServerKnowsIt() async throws {
    let first = try await TestServer()
    let second = try await TestServer(url: first.url)
    let identity = Identity.random()
    let ticket = try await ticket(first, identity)
    await first.stop()
    let stream = try await open(second, identity.session, ticket)
    try await stream.until("welcome")
    #expect(try await open(second, identity.session, ticket).status() == 401)
    await stream.drop()
    await second.stop()
  }

  /// It is nowhere in the database: its digest alone is.
  @Test func itIsNotStored() async throws {
    let server = try await TestServer.shared()
    let ticket = try await ticket(server, .random())
    let rows = try await server.query(
      "SELECT count(*) FROM tickets WHERE digest = sha256(convert_to($1, 'UTF8'))", [.text(ticket)])
    #expect(try rows.int(0, 0) == 1)
  }
}
