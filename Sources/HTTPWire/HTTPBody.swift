/// How a message's content is delimited (RFC 9112 section 6).
package enum HTTPBody: Equatable, Sendable {
  /// There is none.
  case none
  /// So many bytes.
  case length(Int)
  /// In chunks.
  case chunked
  /// All bytes until the connection ends: responses only.
  case untilClose
}

extension HTTPFields {
  /// How the content is delimited, by the fields alone; `none` where they are silent. Every shape that two readers could
  /// understand differently is an error.
  func body(version: HTTPVersion) throws(HTTPError) -> HTTPBody {
    let lengths = count(of: "content-length")
    let codings = count(of: "transfer-encoding")
    if codings > 0 {
      guard lengths == 0 else { throw .syntax("both Content-Length and Transfer-Encoding") }
      guard version == .http11 else { throw .syntax("Transfer-Encoding in HTTP/1.0") }
      try checkCoding(codings)
      return .chunked
    }
    guard lengths > 0 else { return .none }
    guard lengths == 1, let range = range(of: "content-length") else { throw .syntax("more than one Content-Length") }
    return .length(try length(in: range))
  }

  private func checkCoding(_ count: Int) throws(HTTPError) {
    let elements = elements("transfer-encoding")
    if let unknown = elements.first(where: { $0.lowercased() != "chunked" }) {
      guard unknown.utf8.allSatisfy({ HTTPText.isToken($0) }) else { throw .syntax("Transfer-Encoding is broken") }
      throw HTTPError(.notImplemented, "a transfer coding other than chunked")
    }
    // Exactly the one word: no list, no empty elements.
    guard count == 1, let value = self["transfer-encoding"], value.lowercased() == "chunked" else {
      throw .syntax("Transfer-Encoding is not exactly chunked")
    }
  }

  private func length(in range: Range<Int>) throws(HTTPError) -> Int {
    guard !range.isEmpty else { throw .syntax("Content-Length is empty") }
    var length = 0
    for byte in bytes[range] {
      guard HTTPText.isDigit(byte) else { throw .syntax("Content-Length is not a number") }
      let (shifted, overflow) = length.multipliedReportingOverflow(by: 10)
      let (sum, carry) = shifted.addingReportingOverflow(Int(byte - 0x30))
      guard !overflow, !carry else { throw HTTPError(.contentTooLarge, "Content-Length is out of all bounds") }
      length = sum
    }
    return length
  }
}
