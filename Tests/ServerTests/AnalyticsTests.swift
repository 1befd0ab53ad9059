import Accounts
import JSONWire
import Postgres
import SkeinTestKit
import Store
import Testing

@testable import Server

/// `/v1/sites/KEY/analytics`: what happened, as it was.
@Suite struct AnalyticsTests {
  @Test func whatHappenedIsTold() async throws {
    try await TestServer.with { server in
      let token = try await server.token("operator", .operates)
      let identity = Identity.random()
      let client = try await server.client(identity)
      try await client.ask("one")
      try await client.ask("two")
      let transcript = await client.transcript
      let answer = try #require(transcript.messages.last?.id)
      let rated = try await server.http().ask(
        "PUT", "/v1/sessions/\(identity.session)/messages/\(answer)/feedback", ["rating": "up"], token: identity.token)
      #expect(rated.status == 204)
      await client.drop()
      _ = try await server.resume(identity, transcript)
      let http = try await server.http()
      let path = "/v1/sites/default/analytics"
      // It is counted every few seconds.
      var span: JSONValue = .null
      _ = try await comesTrue {
        let told = try await http.ask("GET", path, token: token)
        #expect(told.status == 200)
        if case .array(let spans)? = told.json["spans"], let first = spans.first { span = first }
        return span["resumes"] == 1 && span["ratings_up"] == 1 && span["answers"] == 2
      }
      let counted: [(String, Int64)] = [
        ("sessions", 1), ("messages", 2), ("answers", 2), ("failed", 0), ("stopped", 0), ("interrupted", 0),
        ("resumes", 1), ("ratings_up", 1), ("ratings_down", 0),
      ]
      for (name, count) in counted { #expect(span[name]?.int == count, "\(name)") }
      #expect(span["agent"] == "script")
      #expect(span["answer_p50_ms"]?.int ?? -1 >= 0 && span["first_byte_p50_ms"]?.int ?? -1 >= 0)
      #expect(try await http.ask("GET", path, token: token).json["active_sessions"] == 1)
      let table = try await http.ask("GET", path + "?format=csv&step=hour", token: token)
      #expect(table["content-type"]?.hasPrefix("text/csv") == true)
      let lines = String(decoding: table.body, as: UTF8.self).split(separator: "\r\n")
      #expect(lines.first?.hasPrefix("start,agent,sessions,messages,answers,") == true)
      // An hour may have ended meanwhile.
      let rows = lines.dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false) }
      #expect((1...2).contains(rows.count) && rows.allSatisfy { $0.count > 11 && $0[1] == "script" })
      let sums = (2..<11).map { place in rows.reduce(0) { $0 + (Int($1[place]) ?? 0) } }
      #expect(sums == [1, 2, 2, 0, 0, 0, 1, 1, 0])
      // Another agent, another day: nothing.
      #expect(try await http.ask("GET", path + "?agent=nobody", token: token).json["spans"] == .array([]))
      let past = try await http.ask("GET", path + "?from=2020-01-01&to=2020-02-29", token: token)
      #expect(past.json["spans"] == .array([]))
    }
  }

  @Test(arguments: [
    "from=yesterday", "from=2026-02-30", "to=2026-13-01", "from=2026-11-21&to=2026-11-20", "step=week", "format=xml",
    "from=1970-01-01&to=2026-01-01",
  ])
  func whatMakesNoSenseIsRefused(query: String) async throws {
    try await TestServer.with { server in
      let token = try await server.token("operator", .operates)
      let told = try await server.http().ask("GET", "/v1/sites/default/analytics?\(query)", token: token)
      #expect(told.status == 400 && told.json["code"] == "bad_field", "\(query)")
    }
  }

  /// Each sees the sites that it may look at, in one answer.
  @Test func allSitesAreToldAtOnce() async throws {
    try await TestServer.with { server in
      let http = try await server.http()
      let other = try await server.secondSite()
      _ = try await server.query("TRUNCATE sessions, activity CASCADE")
      for (key, count) in [("default", 3), (other, 5)] as [(String, Int64)] {
        _ = try await server.query(
          """
          INSERT INTO activity (site_id, agent_id, hour, sessions, answers)
          SELECT s.id, a.id, date_trunc('day', now(), 'UTC') - h * interval '1 hour', $2::int8, 1
          FROM sites s, agents a, generate_series(1, 2) h WHERE s.key = $1::text AND a.slug = 'script'
          """, [.text(key), .int8(count)])
        _ = try await server.query(
          """
          UPDATE activity SET wholes = array_fill(0::int8, ARRAY[$2::int8::int]) || 1::int8
          WHERE site_id = (SELECT id FROM sites WHERE key = $1::text)
          """, [.text(key), .int8(count * 4)])
      }
      let visitor = Identity.random()
      let made = try await http.ask(
        "POST", "/v1/sessions?site=\(other)", ["agent": "script"], token: visitor.token)
      #expect(made.status == 201)
      func told(_ token: String, _ query: String = "") async throws -> [String] {
        let answer = try await http.ask("GET", "/v1/analytics\(query)", token: token)
        #expect(answer.status == 200)
        return (answer.json["spans"]?.array ?? []).filter { $0["answers"] != 0 }.map {
          "\($0["site"]?.string == other ? "other" : "default") \($0["sessions"]?.int ?? -1) "
            + "\($0["answer_p50_ms"]?.int ?? -1)"
        }
      }
      let all = try await server.token("operator", .operates)
      #expect(Set(try await told(all)) == ["default 6 9", "other 10 37"])
      #expect(try await told(all, "?step=hour").count == 4)
      #expect(try await told(all, "?agent=nobody").isEmpty)
      #expect(try await http.ask("GET", "/v1/analytics", token: all).json["active_sessions"] == 1)
      // Who keeps one site sees that alone, as does a key of it.
      let local = try await server.token("local", .member, on: [("default", .operates)])
      #expect(try await told(local) == ["default 6 9"])
      #expect(try await http.ask("GET", "/v1/analytics", token: local).json["active_sessions"] == 0)
      let key = try await server.key([.readSites], site: other)
      #expect(try await told(key) == ["other 10 37"])
      let table = try await http.ask("GET", "/v1/analytics?format=csv", token: all)
      let lines = String(decoding: table.body, as: UTF8.self).split(separator: "\r\n")
      #expect(lines.count >= 3 && lines[0].hasPrefix("start,site,agent,sessions,"))
      #expect(lines.contains { $0.contains(",\(other),script,10,") })
      for query in ["from=2026-01-01&to=2026-02-01&step=hour", "from=1970-01-01", "step=week"] {
        #expect(try await http.ask("GET", "/v1/analytics?\(query)", token: all).status == 400, "\(query)")
      }
    }
  }

  /// What was counted is stored when the server ends.
  @Test func aServerThatEndsStoresWhatItHasCounted() async throws {
    let server = try await TestServer()
    let client = try await server.client()
    try await client.ask("one")
    await client.drop()
    await server.stop()
    #expect(try await server.query("SELECT sum(answers)::int8 FROM activity").int(0, 0) == 1)
  }
}
