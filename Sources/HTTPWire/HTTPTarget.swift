/// A request's target taken apart (RFC 9112 section 3.2). Ranges are of the head's bytes.
struct HTTPTarget {
  var form: HTTPRequestHead.TargetForm
  var path: Range<Int>
  var query: Range<Int>?
  var authority: Range<Int>?

  /// Judges a target's form and characters.
  init(_ range: Range<Int>, in bytes: RawSpan, method: HTTPMethod) throws(HTTPError) {
    let first = bytes.unsafeLoad(fromByteOffset: range.lowerBound, as: UInt8.self)
    var pathStart = range.lowerBound
    if method == .connect {
      let authority = bytes.extracting(range)
      guard HTTPTarget.isAuthority(authority), HTTPTarget.hasPort(authority) else {
        throw .syntax("CONNECT takes a host and a port")
      }
      form = .authority
      self.authority = range
      path = range.upperBound..<range.upperBound
      return
    }
    if first == UInt8(ascii: "*"), range.count == 1 {
      guard method == .options else { throw .syntax("the target * is for OPTIONS only") }
      form = .asterisk
      path = range
      return
    }
    if first == UInt8(ascii: "/") {
      form = .origin
    } else {
      guard let authority = HTTPTarget.authority(ofAbsolute: range, in: bytes),
        HTTPTarget.isAuthority(bytes.extracting(authority))
      else { throw .syntax("the target is neither a path nor a URI of http") }
      form = .absolute
      self.authority = authority
      pathStart = authority.upperBound
    }
    let end = try HTTPTarget.checkCharacters(pathStart..<range.upperBound, in: bytes)
    path = pathStart..<end
    if end < range.upperBound { query = end + 1..<range.upperBound }
  }

  /// Checks the characters of path and query. Returns where the path ends: at the question mark, or the end.
  ///
  /// Beyond RFC 3986 those are let through that browsers send as they are (WHATWG URL, the path and query
  /// percent-encode sets). A backslash is let through in a query only, since some read it as a slash.
  private static func checkCharacters(_ range: Range<Int>, in bytes: RawSpan) throws(HTTPError) -> Int {
    var pathEnd = range.upperBound
    var index = range.lowerBound
    while index < range.upperBound {
      let byte = bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      switch byte {
      case UInt8(ascii: "?"):
        if pathEnd == range.upperBound { pathEnd = index }
      case UInt8(ascii: "%"):
        guard index + 2 < range.upperBound,
          HTTPText.hexDigit(bytes.unsafeLoad(fromByteOffset: index + 1, as: UInt8.self)) != nil,
          HTTPText.hexDigit(bytes.unsafeLoad(fromByteOffset: index + 2, as: UInt8.self)) != nil
        else { throw .syntax("a broken escape in the target") }
      case UInt8(ascii: "\""), UInt8(ascii: "#"), UInt8(ascii: "<"), UInt8(ascii: ">"):
        throw .syntax("a character in the target that must be escaped")
      case UInt8(ascii: "\\"):
        guard pathEnd < range.upperBound else { throw .syntax("a backslash in the path") }
      case 0x21...0x7E: break
      default: throw .syntax("a character in the target that must be escaped")
      }
      index += 1
    }
    return pathEnd
  }

  /// Host and port of a URI of http or https.
  private static func authority(ofAbsolute range: Range<Int>, in bytes: RawSpan) -> Range<Int>? {
    let target = bytes.extracting(range)
    let start: Int
    if target.byteCount > 7, HTTPText.equalsIgnoringCase(target.extracting(0..<7), "http://") {
      start = range.lowerBound + 7
    } else if target.byteCount > 8, HTTPText.equalsIgnoringCase(target.extracting(0..<8), "https://") {
      start = range.lowerBound + 8
    } else {
      return nil
    }
    var end = start
    while end < range.upperBound {
      let byte = bytes.unsafeLoad(fromByteOffset: end, as: UInt8.self)
      if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") { break }
      end += 1
    }
    return start..<end
  }

  /// Whether the bytes are `host [":" port]` (RFC 3986 section 3.2.2); user information is none.
  static func isAuthority(_ bytes: RawSpan, mayBeEmpty: Bool = false) -> Bool {
    if bytes.isEmpty { return mayBeEmpty }
    var index = 0
    if bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self) == UInt8(ascii: "[") {
      index = 1
      while index < bytes.byteCount {
        let byte = bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
        guard HTTPText.hexDigit(byte) != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") else { break }
        index += 1
      }
      guard index > 2, index < bytes.byteCount,
        bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self) == UInt8(ascii: "]")
      else { return false }
      index += 1
    } else {
      while index < bytes.byteCount, isRegisteredName(bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)) {
        index += 1
      }
      if index == 0 { return false }
    }
    if index == bytes.byteCount { return true }
    guard bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self) == UInt8(ascii: ":"), bytes.byteCount - index <= 6
    else { return false }
    for place in index + 1..<bytes.byteCount
    where !HTTPText.isDigit(bytes.unsafeLoad(fromByteOffset: place, as: UInt8.self)) { return false }
    return true
  }

  private static func hasPort(_ bytes: RawSpan) -> Bool {
    var index = bytes.byteCount
    while index > 0, HTTPText.isDigit(bytes.unsafeLoad(fromByteOffset: index - 1, as: UInt8.self)) { index -= 1 }
    return index > 0 && index < bytes.byteCount
      && bytes.unsafeLoad(fromByteOffset: index - 1, as: UInt8.self) == UInt8(ascii: ":")
  }

  /// Unreserved characters, sub-delimiters, and the percent sign of an escape.
  private static func isRegisteredName(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "%"),
      UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("),
      UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ";"),
      UInt8(ascii: "="):
      true
    default: false
    }
  }
}
