import Conversation
import JSONWire
import Postgres
import Store

/// Messages of a session, oldest first, and where to go on.
struct MessagePage {
  /// The session's.
  let version: Int64
  private(set) var messages: [Message] = []
  /// Whether there are more in the direction that was asked for.
  let hasMore: Bool
  /// The cursors for older and for newer messages.
  let before: String?
  let after: String?

  /// - Parameters:
  ///   - rows: of `RequestStatement.messages`, which was asked for one more than `limit`.
  ///   - isForward: whether they were asked for from a place on.
  init(_ rows: PostgresRows, limit: Int, isForward: Bool) throws(PostgresError) {
    version = try rows.int(0, 0)
    for row in 0..<rows.count where !rows.isNull(row, 2) { messages.append(try rows.message(row, from: 2)) }
    let candidates = messages.isEmpty ? 0 : Int(try rows.int(0, 1))
    if messages.count > limit { if isForward { messages.removeLast() } else { messages.removeFirst() } }
    hasMore = candidates > messages.count
    let hasOlder = isForward ? !messages.isEmpty : hasMore
    before = hasOlder ? messages.first.map { HistoryCursor(createdVersion: $0.createdVersion).text } : nil
    after = messages.last.map { HistoryCursor(createdVersion: $0.createdVersion).text }
  }
}
