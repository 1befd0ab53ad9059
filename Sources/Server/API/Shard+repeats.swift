import Accounts
import HTTPWire
import Log
import Store
import Transport

/// Requests that make something, and may be sent again: under the name that their sender has given them
/// (`Idempotency-Key`) they make it once.
extension Shard {
  /// Does what a route does, or answers as it was answered before.
  func once(_ call: APICall, _ route: Route, _ handler: Route.Handler) async throws(Problem) -> HTTPResponse {
    guard route.makes, let name = call.head.fields["idempotency-key"] else { return try await handler(self, call) }
    let caller = call.caller?.owner ?? call.account?.owner
    let target = "\(call.head.methodText) \(call.head.target)"
    guard let key = IdempotencyKey(name, caller: caller ?? [], target: target) else {
      throw .badField("Idempotency-Key: 1 to 255 visible characters of ASCII")
    }
    let book = books.repeats
    let finding = try await keeping {
      try await book.take(
        key, route: "\(call.head.methodText) \(route.path)", caller: caller, content: call.request.content)
    }
    switch finding {
    case .done(let message):
      guard var response = HTTPResponse(kept: message) else { throw .internal }
      response.head.add("Idempotency-Replayed", "true")
      return response
    case .running:
      throw Problem(.conflict, "conflict", "a request of this Idempotency-Key is being done", retryAfter: 1000)
    case .different:
      throw Problem(.unprocessableContent, "conflict", "this Idempotency-Key was used with another content")
    case .new(let attempt):
      do throws(Problem) {
        let response = try await handler(self, call)
        do {
          try await book.finish(key, attempt, status: Int(response.head.status.code), answer: response.kept)
        } catch {
          // What was made is made, and its maker is told.
          log.warning("an answer can't be kept", ["request": call.id, "error": error])
        }
        return response
      } catch {
        // It was refused, and may be sent again when the reason is gone.
        try? await book.giveUp(key, attempt)
        throw error
      }
    }
  }
}

extension HTTPResponse {
  /// As it is kept: the status, the fields, and behind an empty line the content.
  fileprivate var kept: [UInt8] { Array("\(head.status.code)\r\n".utf8) + head.fieldLines + [0x0D, 0x0A] + content }

  fileprivate init?(kept bytes: [UInt8]) {
    let lineEnd = Array("\r\n".utf8)
    guard let status = bytes.firstRange(of: lineEnd), let end = bytes.firstRange(of: lineEnd + lineEnd),
      let code = UInt16(String(decoding: bytes[..<status.lowerBound], as: UTF8.self))
    else { return nil }
    let lines = end.lowerBound < status.upperBound ? [] : Array(bytes[status.upperBound..<end.lowerBound]) + lineEnd
    self.init(HTTPResponseHead(HTTPStatus(code), fieldLines: lines), content: Array(bytes[end.upperBound...]))
  }
}
