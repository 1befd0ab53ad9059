/// Why a request has no whole answer.
package struct HTTPClientError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong.
  package enum Code: Sendable, Equatable {
    /// The address is none, or not one for HTTP.
    case badURL
    /// The host's name has no address, nobody listens there, or the connection could not be made in time.
    case unreachable
    /// The host's addresses are none that the request may go to.
    case refusedAddress
    /// The other side's certificate does not prove whom it should.
    case untrusted
    /// Nothing came for too long, or the whole took too long.
    case timedOut
    /// The connection ended before the answer did.
    case cut
    /// The head or the content of the answer is larger than allowed.
    case tooLarge
    /// The answer is no HTTP.
    case malformed
    /// The client was closed.
    case closed
  }

  package let code: Code
  /// In libcurl's words, for the log. It holds no header field and no content.
  package let detail: String

  package init(_ code: Code, _ detail: String = "") {
    self.code = code
    self.detail = detail
  }

  package var description: String { detail.isEmpty ? "\(code)" : "\(code) (\(detail))" }

  /// Whether the same request may do better a moment later.
  package var isPassing: Bool {
    switch code {
    case .unreachable, .timedOut, .cut, .malformed: true
    case .badURL, .refusedAddress, .untrusted, .tooLarge, .closed: false
    }
  }
}
