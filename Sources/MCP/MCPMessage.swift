import JSONWire
import Redaction

/// A message of JSON-RPC 2.0, as either side sends it.
enum MCPMessage: Sendable {
  /// An answer to a request of ours, by its number.
  case response(Int64, Result<JSONObject, MCPError>)
  /// Something that the server wants to have answered.
  case request(id: JSONValue, method: String)
  case notification(method: String)

  /// The messages that bytes hold: one, or a batch, which the version 2025-03-26 allowed.
  /// - Parameter redaction: what of the server's words nobody is told.
  /// - Throws: `malformed`.
  static func parse(_ bytes: [UInt8], by redaction: Redaction) throws(MCPError) -> [MCPMessage] {
    let value: JSONValue
    do {
      value = redaction.clean(try JSONValue(parsing: bytes, maxDepth: 64))
    } catch {
      throw MCPError(.malformed, "no JSON: \(error.code)")
    }
    if case .array(let values) = value {
      guard values.count <= 1000 else { throw MCPError(.malformed, "a batch of \(values.count) messages") }
      return values.compactMap { try? MCPMessage($0) }
    }
    return [try MCPMessage(value)]
  }

  init(_ value: JSONValue) throws(MCPError) {
    guard value["jsonrpc"]?.string == "2.0" else { throw MCPError(.malformed, "no JSON-RPC 2.0") }
    if let method = value["method"]?.string {
      guard let id = value["id"], !id.isNull else {
        self = .notification(method: method)
        return
      }
      guard id.string != nil || id.int != nil else { throw MCPError(.malformed, "an id that is none") }
      self = .request(id: id, method: method)
      return
    }
    // The numbers of our requests are whole numbers; text that looks like one is another id.
    guard let id = value["id"]?.int else { throw MCPError(.malformed, "an answer to nobody") }
    if let error = value["error"]?.object {
      self = .response(
        id,
        .failure(
          MCPError(
            .refused, String((error["message"]?.string ?? "").prefix(2000)), number: error["code"]?.int,
            data: error["data"])))
    } else if let result = value["result"]?.object {
      self = .response(id, .success(result))
    } else {
      throw MCPError(.malformed, "an answer without a result")
    }
  }

  // MARK: What is sent

  /// A request. In the modern era its parameters tell who asks, and by which version.
  static func request(_ id: Int64, _ method: String, _ parameters: JSONObject, isModern: Bool) -> [UInt8] {
    var parameters = parameters
    if isModern { parameters["_meta"] = MCPVersion.meta }
    var message = start(method)
    message["id"] = .int(id)
    if !parameters.isEmpty { message["params"] = .object(parameters) }
    return JSONValue.object(message).bytes
  }

  static func notification(_ method: String, _ parameters: JSONObject = JSONObject()) -> [UInt8] {
    var message = start(method)
    if !parameters.isEmpty { message["params"] = .object(parameters) }
    return JSONValue.object(message).bytes
  }

  /// That a request's answer is no longer waited for.
  static func cancellation(of id: Int64) -> [UInt8] {
    notification("notifications/cancelled", JSONObject([("requestId", .int(id)), ("reason", "no longer waited for")]))
  }

  /// The answer to a request of the server's: it may ask whether somebody is there, and nothing else.
  static func answer(to id: JSONValue, _ method: String) -> [UInt8] {
    var message = JSONObject([("jsonrpc", "2.0"), ("id", id)])
    if method == "ping" {
      message["result"] = [:]
    } else {
      message["error"] = ["code": -32601, "message": "Method not found"]
    }
    return JSONValue.object(message).bytes
  }

  private static func start(_ method: String) -> JSONObject {
    JSONObject([("jsonrpc", "2.0"), ("method", .string(method))])
  }
}
