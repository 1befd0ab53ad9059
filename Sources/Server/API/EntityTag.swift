import HTTPWire
import Transport

/// The state of a resource in a word (RFC 9110 section 8.8.3).
struct EntityTag: Equatable {
  /// With its quotes.
  let text: String

  /// - Parameter state: letters, digits, `-`.
  init(_ state: String) { text = "\"\(state)\"" }

  /// Whether a field of a request (`If-Match`, `If-None-Match`) names it; nil where there is no such field.
  func isNamed(by field: StaticString, of head: HTTPRequestHead) -> Bool? {
    let tags = head.fields.elements(field)
    guard !tags.isEmpty else { return nil }
    return tags.contains { $0 == "*" || $0 == text || $0 == "W/" + text }
  }
}

extension APICall {
  /// Refuses a change of what has changed since the sender saw it (RFC 9110 section 13.1.1).
  func require(_ tag: EntityTag) throws(Problem) {
    if tag.isNamed(by: "if-match", of: head) == false {
      throw Problem(.preconditionFailed, "conflict", "it has changed since: read it again")
    }
  }

  /// An answer with its tag; none but the tag for who has it already (RFC 9110 section 13.1.2).
  func answer(_ response: HTTPResponse, _ tag: EntityTag) -> HTTPResponse {
    var response = response
    if tag.isNamed(by: "if-none-match", of: head) == true {
      response = HTTPResponse(HTTPResponseHead(.notModified))
      response.head.add("Cache-Control", "no-store")
    }
    try? response.head.add("ETag", text: tag.text)
    return response
  }
}
