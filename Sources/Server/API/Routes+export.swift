import Conversation
import HTTPWire
import JSONWire
import Log
import Postgres
import Store
import Transport

extension Route {
  /// A session as a file.
  static let export: [Route] = [
    Route(.get, "/v1/sessions/{id}/export", .sessions(.read)) { shard, call throws(Problem) in
      try await shard.exportSession(call)
    }
  ]
}

extension Shard {
  fileprivate func exportSession(_ call: APICall) async throws(Problem) -> Download {
    let (caller, id) = (try call.acting(), try call.session)
    let format = try call.word("format", ExportFormat.self) ?? .json
    let results = try await read(
      [(.session, [.text(id.text)]), (.messages, SessionExport.parameters(of: id, after: 0))], as: caller.acting)
    guard results[0].count > 0 else { throw Problem(.noSession) }
    try await note(.exported, of: "session:\(id)", for: call, details: [("format", .string(format.rawValue))])
    let export = try reading { () throws(PostgresError) in
      try SessionExport(of: id, for: caller, format, results[0])
    }
    let first = try reading { () throws(PostgresError) in try export.piece(results[1]) }
    var head = HTTPResponseHead(.ok)
    head.add("Content-Type", format.mediaType)
    head.add("Cache-Control", "no-store")
    try? head.add("Content-Disposition", text: "attachment; filename=\"\(id.text).\(format.ending)\"")
    log.info("session exported", ["session": id, "request": call.id, "from": call.address ?? "unknown"])
    return Download(head: head, first: first, rest: export.isWhole ? nil : export)
  }
}

/// A session's messages on their way into a file, a page at a time: those that were there when it began.
private final class SessionExport: DownloadSource {
  private static let messagesAtOnce: Int64 = 200
  private static let bytesAtOnce: Int64 = 256 << 10

  private let id: SessionID
  private let caller: Caller
  private var file: ExportFile
  /// The session's version at the beginning: what comes later is not in the file.
  private let version: Int64
  private var place: Int64 = 0
  /// Whether nothing follows the last piece.
  private(set) var isWhole = false

  /// - Parameter session: rows of `RequestStatement.session`.
  init(of id: SessionID, for caller: Caller, _ format: ExportFormat, _ session: PostgresRows) throws(PostgresError) {
    (self.id, self.caller) = (id, caller)
    file = try ExportFile(format, session)
    version = try session.int(0, 1)
  }

  static func parameters(of id: SessionID, after place: Int64) -> [PostgresValue] {
    [.text(id.text), .null, .int8(place), .int8(messagesAtOnce), .int8(bytesAtOnce)]
  }

  func next(_ shard: isolated Shard) async throws(Problem) -> [UInt8]? {
    if isWhole { return nil }
    let rows = try await shard.read(.messages, Self.parameters(of: id, after: place), for: caller)
    // It was deleted meanwhile.
    guard rows.count > 0 else { throw Problem(.noSession) }
    return try shard.reading { () throws(PostgresError) in try piece(rows) }
  }

  /// Writes a page of messages.
  /// - Parameter rows: of `RequestStatement.messages`.
  func piece(_ rows: PostgresRows) throws(PostgresError) -> [UInt8] {
    var (count, candidates): (Int64, Int64) = (0, 0)
    for row in 0..<rows.count where !rows.isNull(row, 2) {
      let message = try rows.message(row, from: 2)
      candidates = try rows.int(row, 1)
      count += 1
      place = message.createdVersion
      if place <= version { file.add(message) }
    }
    // A page that was neither full of messages nor of bytes is the last.
    isWhole = count == candidates && count < Self.messagesAtOnce || place >= version
    if isWhole { file.finish() }
    return file.take()
  }
}
