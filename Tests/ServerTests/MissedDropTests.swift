import JSONWire
import Postgres
import SkeinTestKit
import Testing

/// Questions that wait on another server and are taken back there: that is no version of the session, and the hint of it
/// may be lost.
@Suite struct MissedDropTests {
  @Test func whatIsTakenBackElsewhereIsNotWaitedForForever() async throws {
    try await withTwoNodes { first, _ in
      let identity = Identity.random()
      let client = try await first.client(identity)
      await client.drop()
      // It waits on a server that lives, and does nothing.
      let question = JSONValue.messageID()
      _ = try await first.query(
        """
        WITH s AS (UPDATE sessions SET version = version + 1 WHERE public_id = $1 RETURNING id, version),
        q AS (INSERT INTO messages (session_id, id, created_version, version, role, status, content, created_at)
          SELECT id, $2::text::uuid, version, version, 'user', 'complete', 'first', now() FROM s)
        INSERT INTO runs (session_id, question_id, place, node, lease_until)
        SELECT id, $2::text::uuid, version, gen_random_uuid(), now() + interval '1 hour' FROM s
        """, [.text(identity.session), .text(question)])
      let again = try await first.client(identity)
      let own = await again.say("/script {\"text\":\"mine\"}")
      try await again.until("message.accepted")
      _ = try await first.query("DELETE FROM runs WHERE question_id = $1::text::uuid", [.text(question)])
      try await again.until { $0.from("assistant").last?.status == "complete" }
      #expect(await again.transcript.from("assistant").map(\.replyTo) == [own])
    }
  }
}
