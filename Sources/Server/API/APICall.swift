import Accounts
import Conversation
import HTTPWire

import JSONWire
import Transport

/// A request that a route answers: what was asked, and for whom.
struct APICall: Sendable {
  let request: HTTPRequest
  /// The values of the path.
  let values: [String: String]
  /// Who asks; nil where no site is concerned.
  let caller: Caller?
  /// The user or the server that asks; nil where none is needed.
  var account: Bearer?
  /// What the request is called in logs and answers: the sender's own name for it, or one that was made here.
  let id: String
  /// Where it comes from.
  let address: String?

  var head: HTTPRequestHead { request.head }

  /// A value of the path; the route has it.
  func value(_ name: String) -> String { values[name] ?? "" }

  /// The site and the visitor for whom the database is read.
  func acting() throws(Problem) -> Caller {
    guard let caller else { throw .internal }
    return caller
  }

  /// A parameter of the query as a whole number.
  func int(_ name: String, in range: ClosedRange<Int>, otherwise: Int) throws(Problem) -> Int {
    guard let text = head.queryValue(name) else { return otherwise }
    guard let value = Int(text), range.contains(value) else {
      throw .badField("\(name): a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// A parameter of the query that is one of a few words.
  func word<Word: RawRepresentable<String> & CaseIterable>(_ name: String, _: Word.Type) throws(Problem) -> Word? {
    guard let text = head.queryValue(name) else { return nil }
    guard let word = Word(rawValue: text) else {
      throw .badField("\(name): \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return word
  }
}

extension HTTPRequest {
  /// The content, an object.
  func object() throws(Problem) -> JSONObject {
    do {
      if case .object(let object) = try JSONValue(parsing: content) { return object }
    } catch {
      throw Problem(.badRequest, "bad_frame", "the content can't be read as JSON: \(error)")
    }
    throw Problem(.badRequest, "bad_frame", "the content is a JSON object")
  }
}

extension HTTPResponse {
  /// An answer in JSON, which nobody in between is to keep.
  static func json(_ status: HTTPStatus = .ok, _ content: [UInt8]) -> HTTPResponse {
    var head = HTTPResponseHead(status)
    head.add("Content-Type", "application/json")
    head.add("Cache-Control", "no-store")
    return HTTPResponse(head, content: content)
  }

  /// An answer in JSON that is written here.
  static func json(_ status: HTTPStatus = .ok, _ write: (inout JSONWriter) -> Void) -> HTTPResponse {
    var json = JSONWriter()
    write(&json)
    return .json(status, json.bytes)
  }

  /// Done, and nothing to say.
  static var done: HTTPResponse { HTTPResponse(HTTPResponseHead(.noContent)) }
}
