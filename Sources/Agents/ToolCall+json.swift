import Conversation
package import JSONWire

extension ToolCall {
  /// The call as the protocol writes it.
  package var json: JSONObject {
    var json = JSONObject([
      ("id", .string(id)), ("name", .string(name)), ("title", .string(title)), ("status", .string(status.rawValue)),
    ])
    json["arguments"] = arguments
    json["result"] = result
    if let durationMilliseconds { json["duration_ms"] = .int(durationMilliseconds) }
    return json
  }
}
