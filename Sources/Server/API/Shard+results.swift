import Conversation
import Databases
import HTTPWire
import JSONWire
import Postgres
import Store
import Transport

extension Shard {
  /// A result that is kept with an answer, as comma-separated values: what was shown is what is downloaded.
  func downloadResult(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let session = try call.session
    guard let message = MessageID(call.value("message")) else { throw .noResult }
    let parts = call.value("result").split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1] == "csv", let number = Int(parts[0]), number > 0, "\(number)" == parts[0] else {
      throw .noResult
    }
    let rows = try await read(.tools, [.text(session.text), .uuid(message.uuid)], for: try call.acting())
    guard rows.count > 0 else { throw .noResult }
    let tools = try reading { () throws(PostgresError) in try rows.bytes(0, 0) }
    let results = ((try? JSONValue(parsing: tools))?.array ?? []).compactMap { $0["result"] }.compactMap(CSVTable.text)
    guard results.indices.contains(number - 1) else { throw .noResult }
    return .csv(results[number - 1], name: "result-\(number).csv")
  }
}

extension Problem {
  /// No such result, or somebody else's.
  fileprivate static var noResult: Problem { .notFound("there is no such result") }
}

extension HTTPResponse {
  /// A table to be kept as a file.
  fileprivate static func csv(_ text: String, name: String) -> HTTPResponse {
    var head = HTTPResponseHead(.ok)
    head.add("Content-Type", "text/csv; charset=utf-8; header=present")
    // The name is of letters and digits alone.
    try? head.add("Content-Disposition", text: "attachment; filename=\"\(name)\"")
    head.add("Cache-Control", "no-store")
    head.add("X-Content-Type-Options", "nosniff")
    return HTTPResponse(head, content: Array(text.utf8))
  }
}
