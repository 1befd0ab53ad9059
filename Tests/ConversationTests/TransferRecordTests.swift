import Conversation
import JSONWire
import Testing

/// Lines of exported sessions.
@Suite struct TransferRecordTests {
  static let session = """
    {"type":"session","id":"session_0123456789","site":"default","agent":"a","owner":"OWNER","version":2,
    "title":"T","title_set":true,"context":{},"metadata":{"a":1},"status":"active","message_count":2,
    "started_at":"2026-01-31T12:00:00.000001Z","last_activity_at":"2026-01-31T12:00:01.000000Z","ended_at":null}
    """.replacing("OWNER", with: String(repeating: "0a", count: 32)).replacing("\n", with: "")
  static let message = """
    {"type":"message","session":"session_0123456789","stored_at":"2026-01-31T12:00:00.123456Z","message":{
    "id":"0190a7c4-12ab-7def-8123-456789abcdef","version":2,"created_version":1,"role":"user","status":"complete",
    "content":"hi","tools":[],"citations":[],"usage":null,"processing_ms":null,"feedback":null,"metadata":{}}}
    """.replacing("\n", with: "")

  @Test(arguments: [session, message]) func isWhatItWas(_ text: String) throws {
    let record = try TransferRecord(line: Array(text.utf8), number: 1)
    #expect(try TransferRecord(line: Array(record.line.dropLast()), number: 2) == record)
  }

  @Test(arguments: [
    (session, "\"0a", "\"", "owner"), (session, "active\"", "gone\"", "status"),
    (session, "T12:", "T25:", "started_at"),
    (session, "session_0123456789", "short", "id"), (session, "\"version\":2", "\"version\":-2", "version"),
    (session, "{\"a\":1}", "[]", "metadata"), (session, "\"T\"", "\"\\u0000\"", "title"),
    (session, "\"a\":1", "\"a\":\"\\u0000\"", "metadata"), (session, "\"session\"", "\"other\"", "type"),
    (message, "complete", "streaming", "status"), (message, "\"user\"", "\"me\"", "role"),
    (message, "\"created_version\":1", "\"created_version\":3", "created_version"),
    (message, "0190a7c4", "0190A7C4", "id"), (message, "\"feedback\":null", "\"feedback\":\"meh\"", "feedback"),
    (message, "hi\"", "\\u0000\"", "content"), (message, "}}", "}", "not JSON"),
  ])
  func aWrongLineIsNamed(_ text: String, _ old: String, _ new: String, _ field: String) {
    let broken = text.replacing(old, with: new, maxReplacements: 1)
    #expect(broken != text)
    do throws(TransferError) {
      _ = try TransferRecord(line: Array(broken.utf8), number: 77)
      Issue.record("it was read")
    } catch {
      #expect(error.line == 77 && error.message.hasPrefix(field), "\(error)")
    }
  }

  @Test(
    arguments: [
      ("1970-01-01T00:00:00.000000Z", 0), ("2026-02-28T23:59:59.999999Z", 1_772_323_199_999_999),
      ("2024-02-29T00:00:00.000001Z", 1_709_164_800_000_001),
    ] as [(String, Int64)])
  func times(_ text: String, _ microseconds: Int64) {
    #expect(MicroTime.microseconds(text) == microseconds && MicroTime.text(microseconds) == text)
  }

  @Test(arguments: [
    "", "2026-02-29T00:00:00.000000Z", "2026-13-01T00:00:00.000000Z", "2026-01-01T24:00:00.000000Z",
    "2026-01-01T00:00:00.000Z", "2026-01-01 00:00:00.000000Z", "1969-12-31T00:00:00.000000Z",
    "2026-00-10T00:00:00.000000Z", "２026-01-01T00:00:00.00000Z",
  ])
  func noTimes(_ text: String) { #expect(MicroTime.microseconds(text) == nil) }

  @Test func markdownForPeople() {
    var message = Message(
      id: MessageID(high: 1, low: 1), version: 2, createdVersion: 1, role: .assistant, status: .stopped,
      content: Array("# A *heading*".utf8), createdAt: 1_700_000_000_000)
    message.replacedBy = MessageID(high: 1, low: 2)
    #expect(
      TranscriptMarkdown.head(title: "A # title\n*x*", agent: "B_t", startedAt: 1_700_000_000_000_000)
        + TranscriptMarkdown.part(message, agent: "B_t")
          == """
          # A \\# title \\*x\\*

          With B\\_t, since 2023-11-14 22:13 UTC.

          **B\\_t**, 2023-11-14 22:13 UTC (stopped) (made again below)

          # A *heading*

          """)
  }
}
