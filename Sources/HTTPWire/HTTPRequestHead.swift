/// A request up to its content: method, target, version and fields (RFC 9112 section 3), checked.
package struct HTTPRequestHead: Sendable {
  /// The forms of a target (RFC 9112 section 3.2).
  package enum TargetForm: Sendable {
    /// A path, as usual.
    case origin
    /// A whole URI, as a proxy is sent; it counts before the Host field.
    case absolute
    /// Host and port, for CONNECT only.
    case authority
    /// `*`, for OPTIONS only.
    case asterisk
  }

  /// The method.
  package let method: HTTPMethod
  /// The version; a later 1.x counts as 1.1.
  package let version: HTTPVersion
  /// The target's form.
  package let targetForm: TargetForm
  /// The header fields, and in their `bytes` the whole head.
  package let fields: HTTPFields
  /// How the content is delimited.
  package let body: HTTPBody
  /// Whether the client waits for a 100 before it sends its content (RFC 9110 section 10.1.1).
  package let expectsContinue: Bool
  /// Whether the connection may serve further requests (RFC 9112 section 9.3).
  package let keepsAlive: Bool

  let methodRange: Range<Int>
  let targetRange: Range<Int>
  let pathRange: Range<Int>
  let queryRange: Range<Int>?
  let authorityRange: Range<Int>?

  /// The method as it came.
  package var methodText: String { text(methodRange) }

  /// The target as it came.
  package var target: String { text(targetRange) }

  /// The path as it came, with its escapes; `/` where a whole URI has none, `*` for that target.
  package var path: String { pathRange.isEmpty ? "/" : text(pathRange) }

  /// The query as it came, without its question mark; nil where there is none.
  package var query: String? { queryRange.map { text($0) } }

  /// Host and port that are asked for: the target's where it has them, else the Host field's; nil for none.
  package var authority: String? {
    if let authorityRange { return text(authorityRange) }
    return fields["host"]
  }

  private func text(_ range: Range<Int>) -> String { HTTPText.string(fields.bytes.span.bytes.extracting(range)) }
}

extension HTTPRequestHead {
  /// The path with its escapes decoded; nil where that gives invalid UTF-8 or U+0000.
  package var decodedPath: String? {
    pathRange.isEmpty ? "/" : HTTPEscapes.decodeStrictly(fields.bytes.span.bytes.extracting(pathRange))
  }

  /// The decoded parts of the path between its slashes, the last one empty where it ends with a slash; for what is
  /// looked up in folders. Nil where one could lead elsewhere: `.`, `..`, an empty part within, an escaped slash, a
  /// backslash, U+0000, invalid UTF-8.
  package var pathSegments: [String]? {
    guard targetForm == .origin || targetForm == .absolute else { return nil }
    if pathRange.isEmpty { return [""] }
    var segments: [String] = []
    var start = pathRange.lowerBound + 1
    while true {
      var end = start
      while end < pathRange.upperBound, fields.bytes[end] != UInt8(ascii: "/") { end += 1 }
      let part = fields.bytes.span.bytes.extracting(start..<end)
      guard let segment = HTTPEscapes.decodeStrictly(part), segment != ".", segment != "..",
        !segment.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }),
        !segment.isEmpty || end == pathRange.upperBound
      else { return nil }
      segments.append(segment)
      if end == pathRange.upperBound { return segments }
      start = end + 1
    }
  }

  /// The names and values of the query, decoded as forms are (`+` is a space); bytes that are not UTF-8 are replaced.
  package var queryItems: [(name: String, value: String)] {
    guard let queryRange else { return [] }
    var items: [(name: String, value: String)] = []
    for item in fields.bytes[queryRange].split(separator: UInt8(ascii: "&")) {
      let middle = item.firstIndex(of: UInt8(ascii: "=")) ?? item.endIndex
      let name = HTTPEscapes.decodeForm(item[..<middle])
      items.append((name, HTTPEscapes.decodeForm(item[middle...].dropFirst())))
    }
    return items
  }

  /// The value of the first query item of that name.
  package func queryValue(_ name: String) -> String? {
    queryItems.first { $0.name == name }?.value
  }
}
