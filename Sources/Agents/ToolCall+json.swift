import Conversation
package import JSONWire

extension ToolCall {
  /// A call as `json` writes it; nil where it is none.
  package init?(_ json: JSONObject) {
    guard let id = json["id"]?.string, let name = json["name"]?.string, let title = json["title"]?.string,
      let status = json["status"]?.string.flatMap({ Status(rawValue: $0) })
    else { return nil }
    self.init(id: id, name: name, title: title, status: status, durationMilliseconds: json["duration_ms"]?.int)
    (arguments, result) = (json["arguments"], json["result"])
  }

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
