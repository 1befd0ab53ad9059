import JSONWire

extension Completion {
  /// The citations as the protocol writes them; empty where there are none.
  package var citationsJSON: [UInt8] {
    guard !citations.isEmpty else { return [] }
    var json = JSONWriter()
    json.beginArray()
    for citation in citations {
      json.beginObject()
      json.key("title")
      json.string(citation.title)
      json.optional("url", citation.url)
      json.optional("excerpt", citation.excerpt)
      json.endObject()
    }
    json.endArray()
    return json.bytes
  }
}
