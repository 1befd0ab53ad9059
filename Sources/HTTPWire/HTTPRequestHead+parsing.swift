extension HTTPRequestHead {
  /// The request that a whole head makes.
  init(_ head: HTTPHeadBuffer) throws(HTTPError) {
    let fields = head.fields
    guard let line = head.startLine else { throw .syntax("no request line") }
    let bytes = fields.bytes.span.bytes

    // method SP target SP version, with exactly one space each (RFC 9112 section 3).
    guard let first = HTTPRequestHead.firstSpace(in: line, bytes),
      let second = HTTPRequestHead.firstSpace(in: first + 1..<line.upperBound, bytes)
    else { throw .syntax("the request line is broken") }
    methodRange = line.lowerBound..<first
    targetRange = first + 1..<second
    guard !methodRange.isEmpty, !targetRange.isEmpty else { throw .syntax("the request line is broken") }
    for index in methodRange where !HTTPText.isToken(bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)) {
      throw .syntax("the method is broken")
    }
    version = try HTTPRequestHead.version(bytes.extracting(second + 1..<line.upperBound))
    method = HTTPMethod(bytes.extracting(methodRange))

    let target = try HTTPTarget(targetRange, in: bytes, method: method)
    targetForm = target.form
    pathRange = target.path
    queryRange = target.query
    authorityRange = target.authority

    try HTTPRequestHead.checkHost(fields, version)
    body = try fields.body(version: version)
    expectsContinue = try HTTPRequestHead.expectation(fields, version) && body != .none && body != .length(0)
    let closes = fields.list("connection", contains: "close")
    keepsAlive = !closes && (version == .http11 || fields.list("connection", contains: "keep-alive"))
    self.fields = fields
  }

  private static func firstSpace(in range: Range<Int>, _ bytes: RawSpan) -> Int? {
    for index in range where bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self) == 0x20 { return index }
    return nil
  }

  private static func version(_ text: RawSpan) throws(HTTPError) -> HTTPVersion {
    guard text.byteCount == 8, HTTPText.equals(text.extracting(0..<5), "HTTP/") else {
      throw .syntax("the version is broken")
    }
    let major = text.unsafeLoad(fromByteOffset: 5, as: UInt8.self)
    let minor = text.unsafeLoad(fromByteOffset: 7, as: UInt8.self)
    guard HTTPText.isDigit(major), HTTPText.isDigit(minor),
      text.unsafeLoad(fromByteOffset: 6, as: UInt8.self) == UInt8(ascii: ".")
    else { throw .syntax("the version is broken") }
    guard major == UInt8(ascii: "1") else { throw HTTPError(.versionNotSupported, "only HTTP/1.1 is spoken here") }
    return minor == UInt8(ascii: "0") ? .http10 : .http11
  }

  /// RFC 9112 section 3.2: one Host field, valid; none is right for HTTP/1.0 only.
  private static func checkHost(_ fields: HTTPFields, _ version: HTTPVersion) throws(HTTPError) {
    switch fields.count(of: "host") {
    case 0:
      guard version == .http10 else { throw .syntax("no Host field") }
    case 1:
      guard let range = fields.range(of: "host"),
        HTTPTarget.isAuthority(fields.bytes.span.bytes.extracting(range), mayBeEmpty: true)
      else { throw .syntax("the Host field is broken") }
    default:
      throw .syntax("more than one Host field")
    }
  }

  /// Whether 100-continue is expected; HTTP/1.0 knows no expectations (RFC 9110 section 10.1.1).
  private static func expectation(_ fields: HTTPFields, _ version: HTTPVersion) throws(HTTPError) -> Bool {
    guard version == .http11, let value = fields.combined("expect") else { return false }
    guard value.lowercased() == "100-continue" else {
      throw HTTPError(.expectationFailed, "an expectation other than 100-continue")
    }
    return true
  }
}
