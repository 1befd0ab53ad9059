import Conversation
import HTTPWire
import JSONWire
import Transport

extension HTTPResponse {
  /// A page of a list: its items, and where the next one begins.
  /// - Parameters:
  ///   - name: what the list is called.
  ///   - count: how many items it has.
  ///   - next: the next page's cursor; nil where this is the last.
  ///   - write: writes the item of a number from 0 on.
  static func page<Failure: Error>(
    _ name: StaticString, count: Int, next: String?, _ write: (inout JSONWriter, Int) throws(Failure) -> Void
  ) throws(Failure) -> HTTPResponse {
    var json = JSONWriter()
    json.beginObject()
    json.key(name)
    json.beginArray()
    for item in 0..<count { try write(&json, item) }
    json.endArray()
    json.key("next")
    json.nullable(next)
    json.endObject()
    return .json(.ok, json.bytes)
  }
}
