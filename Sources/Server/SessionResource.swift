/// What is done in a session over plain HTTP: `/v1/sessions/ID/...`.
enum SessionResource: String {
  case stream, messages, stop, retry, tickets

  /// A media type without its parameters, in lower case (RFC 9110 section 8.3.1).
  static func mediaType(_ value: String) -> String {
    value.prefix { $0 != ";" && $0 != " " && $0 != "\t" }.lowercased()
  }
}
