import Foundation
import HTTPWire
import JSONWire
import Postgres
import Server
import SkeinTestKit
import Testing

/// Files that are made while they are sent.
@Suite(.serialized) struct DownloadTests {
  /// Of the long session: its file has more than 32 MiB.
  private static let messages = 4000

  /// A session that is far longer than what is sent at once.
  private func longSession(on server: TestServer) async throws -> Identity {
    let identity = Identity.random()
    _ = try await server.query(
      """
      WITH owner AS (
        INSERT INTO visitors (site_id, token_digest) SELECT min(id), sha256(convert_to($2, 'UTF8')) FROM sites
        RETURNING id, site_id),
      made AS (
        INSERT INTO sessions (public_id, site_id, agent_id, visitor_id, version, message_count, started_at,
          last_activity_at)
        SELECT $1, o.site_id, a.id, o.id, $3::int8, $3::int8, now(), now()
        FROM owner o, agents a WHERE a.slug = 'script'
        RETURNING id)
      INSERT INTO messages (session_id, id, created_version, version, role, status, content, created_at)
      SELECT m.id, gen_random_uuid(), n, n, 'user', 'complete', 'Number ' || n || repeat(' and so on', 900), now()
      FROM made m, generate_series(1, $3::int8) n
      """, [.text(identity.session), .text(identity.token), .int8(Int64(Self.messages))])
    return identity
  }

  private func ask(
    _ identity: Identity, _ query: String = "", version: String = "1.1", on server: TestServer, receiveBuffer: Int32 = 0
  ) async throws -> HTTPTestClient {
    let client = try await HTTPTestClient.connect(to: server.port, receiveBuffer: receiveBuffer)
    await client.send(
      "GET /v1/sessions/\(identity.session)/export\(query) HTTP/\(version)\r\nHost: test\r\n\(identity.bearer)\r\n")
    return client
  }

  /// A client that reads the beginning, and then no more.
  private func begin(
    _ identity: Identity, _ query: String = "", version: String = "1.1", on server: TestServer
  ) async throws -> HTTPTestClient {
    let client = try await ask(identity, query, version: version, on: server, receiveBuffer: 4096)
    _ = try await client.socket.receive()
    await client.socket.setReading(false)
    return client
  }

  /// Whether a connection was cut off when its client reads on: reset, or, where there are chunks, without the last one.
  private func isCutOff(_ client: HTTPTestClient, version: String = "1.1") async throws -> Bool {
    await client.socket.setReading(true)
    let rest = try await client.untilEnd()
    if await client.socket.wasReset { return true }
    return version == "1.1" && !rest.suffix(5).elementsEqual("0\r\n\r\n".utf8)
  }

  @Test func aLongFileIsWholeAndInOrder() async throws {
    try await TestServer.with { server in
      let identity = try await longSession(on: server)
      let response = try await ask(identity, "?format=ndjson", on: server).next()
      #expect(response.status == 200 && response["transfer-encoding"] == "chunked")
      #expect(response["content-disposition"] == "attachment; filename=\"\(identity.session).ndjson\"")
      #expect(response.body.count > 32 << 20)
      let lines = response.body.split(separator: UInt8(ascii: "\n"))
      #expect(lines.count == Self.messages + 1)
      for (number, line) in lines.enumerated().dropFirst() where number % 97 == 0 || number == Self.messages {
        let content = try JSONValue(parsing: Array(line))["message"]?["content"]?.string ?? ""
        #expect(content.hasPrefix("Number \(number) and so on") && content.utf8.count > 9000)
      }
      let json = try await ask(identity, on: server).next().body
      #expect(json.suffix(3).elementsEqual("]}\n".utf8))
      #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(json)) }
      // To a client without chunks its end is the connection's.
      let old = try await ask(identity, "?format=ndjson", version: "1.0", on: server)
      #expect(try await old.next().body.count == response.body.count)
    }
  }

  /// Many readers that do not read: each costs a piece or two, and not the file.
  @Test func whoeverReadsSlowlyCostsLittle() async throws {
    try await TestServer.with({ $0.graceSeconds = 30 }) { server in
      let identity = try await longSession(on: server)
      let before = try Self.residentMemory()
      var slow: [HTTPTestClient] = []
      for _ in 0..<24 {
        slow.append(try await begin(identity, "?format=markdown", on: server))
      }
      // Somebody else is given all meanwhile, in which time the others could have been made too.
      #expect(try await ask(identity, "?format=markdown", on: server).next().body.count > 32 << 20)
      let grown = try Self.residentMemory() - before
      #expect(grown < 300 << 20, "24 files of 36 MB take \(grown >> 20) MiB")
      // One goes on where it was; the others go away, and the server does not wait for them when it ends.
      await slow[0].socket.setReading(true)
      #expect(try await slow[0].untilEnd().count > 30 << 20)
      for client in slow { await client.socket.close() }
    }
  }

  /// What goes wrong behind the first byte must not look like the end.
  @Test(arguments: ["1.1", "1.0"]) func whatBreaksOffIsNotTakenForTheWhole(_ version: String) async throws {
    try await TestServer.with { server in
      let identity = try await longSession(on: server)
      let client = try await begin(identity, version: version, on: server)
      let http = try await server.http()
      let path = "/v1/sessions/\(identity.session)"
      #expect(try await http.get(path + "?now=true", method: "DELETE", fields: identity.bearer).status == 204)
      #expect(try await isCutOff(client, version: version))
    }
  }

  /// A short file is an answer like any other: it has a length, and the connection goes on.
  @Test func aShortFileComesAtOnce() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    try await server.client(identity).ask("hi")
    let http = try await server.http()
    for _ in 0..<2 {
      let path = "/v1/sessions/\(identity.session)/export?format=markdown"
      let response = try await http.get(path, fields: identity.bearer)
      #expect(response["content-length"] == "\(response.body.count)" && response.text.contains("\n\nhi\n"))
      #expect(try await http.get(path, method: "HEAD", fields: identity.bearer).status == 200)
    }
  }

  /// A server that ends cuts off what takes longer than its grace.
  @Test func theEndOfTheServerEndsDownloads() async throws {
    let server = try await TestServer()
    let identity = try await longSession(on: server)
    let client = try await begin(identity, on: server)
    await server.stop()
    #expect(try await isCutOff(client))
  }

  /// Of this process, in bytes.
  private static func residentMemory() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    return (Int(text.split(separator: " ")[1]) ?? 0) * 4096
  }
}
