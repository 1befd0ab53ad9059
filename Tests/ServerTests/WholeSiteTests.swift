import Accounts
import JSONWire
import Postgres
import SkeinTestKit
import Store
import Testing

/// What a server's key sees of a whole site.
@Suite struct WholeSiteTests {
  /// Sessions of 20 messages, of which each says `common`, and those of every tenth session `rare`, on the first site and
  /// the same on another. A later one has the later activity.
  private static let sessions = """
    WITH other AS (INSERT INTO sites (key, name) VALUES ('other', 'Other') RETURNING id),
    place AS (SELECT id, 'a' AS name FROM sites UNION ALL SELECT id, 'b' FROM other),
    owners AS (
      INSERT INTO visitors (site_id, token_digest) SELECT id, sha256('somebody') FROM place RETURNING id, site_id),
    made AS (
      INSERT INTO sessions (public_id, site_id, agent_id, visitor_id, version, message_count, status, started_at,
        last_activity_at)
      SELECT 'whole-site-' || p.name || lpad(n::text, 6, '0'), p.id, a.id, o.id, 20, 20,
        CASE WHEN n % 2 = 0 THEN 'active' ELSE 'inactive' END, now(), now() - (200 - n) * interval '7 minutes'
      FROM place p JOIN owners o ON o.site_id = p.id, agents a, generate_series(0, 149) n WHERE a.slug = 'script'
      RETURNING id, public_id, last_activity_at)
    INSERT INTO messages (session_id, id, created_version, version, role, status, content, created_at)
    SELECT m.id, gen_random_uuid(), n, n, 'user', 'complete',
      'common' || CASE WHEN right(m.public_id, 1) = '0' THEN ' rare' ELSE '' END, m.last_activity_at
    FROM made m, generate_series(1, 20) n
    """

  private func name(_ number: Int) -> String {
    let digits = String(number)
    return "whole-site-a" + String(repeating: "0", count: 6 - digits.count) + digits
  }

  @Test func sessionsAreFoundByRareWordsAndByFrequentOnes() async throws {
    try await TestServer.with { server in
      _ = try await server.query(Self.sessions)
      _ = try await server.query("SELECT search_take_down(array_agg(id)) FROM sessions")
      _ = try await server.query("ANALYZE search_entries")
      let key = try await server.database { client in
        try await KeyBook(client, by: .command).issue(name: "reader", site: nil, scopes: [.readSessions]).key.text
      }
      let http = try await server.http()
      // The server hears of the key.
      #expect(
        try await server.notices { try await http.ask("GET", "/v1/sessions?site=default", token: key).status == 200 })
      func find(_ query: String, token: String? = nil) async throws -> [String] {
        var (found, cursor) = ([String](), "")
        repeat {
          let answer = try await http.ask(
            "GET", "/v1/sessions?site=default&\(query)\(cursor)", token: token ?? key)
          #expect(answer.status == 200)
          found += (answer.json["sessions"]?.array ?? []).compactMap { $0["id"]?.string }
          cursor = answer.json["next"]?.string.map { "&cursor=\($0)" } ?? ""
        } while !cursor.isEmpty
        return found
      }
      let all = (0..<150).reversed().map(name)
      // Of 3,000 entries, each page.
      #expect(try await find("q=common&limit=40") == all)
      #expect(try await find("limit=40") == all)
      #expect(try await find("q=rare&limit=4") == all.filter { $0.hasSuffix("0") })
      #expect(try await find("q=nothing") == [])
      // With what else may be asked for.
      #expect(try await find("q=common&status=active&agent=script&limit=100").count == 75)
      #expect(try await find("q=rare&status=inactive") == [])
      #expect(try await find("q=common&agent=nobody") == [])
      // Who has no key sees its own.
      #expect(try await find("q=common", token: Identity.random().token) == [])

      // The messages themselves, newest first.
      for (query, count) in [("common", 3000), ("rare", 300)] {
        var (found, cursor) = ([String](), "")
        repeat {
          let answer = try await http.ask(
            "GET", "/v1/search?site=default&limit=50&q=\(query)\(cursor)", token: key)
          found += (answer.json["results"]?.array ?? []).compactMap { $0["session"]?.string }
          cursor = answer.json["next"]?.string.map { "&cursor=\($0)" } ?? ""
        } while !cursor.isEmpty
        #expect(found.count == count)
        #expect(found.allSatisfy { $0.hasPrefix("whole-site-a") })
        #expect(found == found.sorted(by: >))
      }
    }
  }
}
