import JSONWire

extension ToolCall {
  /// A list of calls as the protocol writes them.
  package static func json(_ calls: [ToolCall]) -> [UInt8] {
    guard !calls.isEmpty else { return [] }
    var json = JSONWriter()
    json.beginArray()
    for call in calls {
      json.beginObject()
      json.key("id")
      json.string(call.id)
      json.key("name")
      json.string(call.name)
      json.key("title")
      json.string(call.title)
      json.key("status")
      json.string(call.status.rawValue)
      if let duration = call.durationMilliseconds {
        json.key("duration_ms")
        json.int(duration)
      }
      if !call.result.isEmpty {
        json.key("result")
        json.raw(call.result)
      }
      json.endObject()
    }
    json.endArray()
    return json.bytes
  }
}
