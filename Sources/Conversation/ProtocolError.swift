import JSONWire

/// What an `error` frame says. The session is untouched by it.
package struct ProtocolError: Error, Sendable, Equatable {
  /// The codes of the wire protocol.
  package enum Code: String, Sendable {
    case badFrame = "bad_frame"
    case unknownType = "unknown_type"
    case badField = "bad_field"
    case tooLarge = "too_large"
    case unauthenticated
    case tokenExpired = "token_expired"
    case forbidden
    case notFound = "not_found"
    case busy
    case rateLimited = "rate_limited"
    case unavailable
    case agentFailed = "agent_failed"
    case `internal`
  }

  package var code: Code
  /// A sentence for a developer.
  package var message: String
  /// The frame's own mark, where it had one.
  package var ref: String?
  /// When to try again, in milliseconds.
  package var retryAfter: Int?

  package init(_ code: Code, _ message: String, ref: String? = nil, retryAfter: Int? = nil) {
    self.code = code
    self.message = message
    self.ref = ref
    self.retryAfter = retryAfter
  }

  /// What an `error` frame of this server's says; nil for any other frame.
  package init?(_ frame: [UInt8]) {
    guard ServerFrame.type(of: frame).elementsEqual("error".utf8), let value = try? JSONValue(parsing: frame) else {
      return nil
    }
    self.init(
      Code(rawValue: value["code"]?.string ?? "") ?? .internal, value["message"]?.string ?? "",
      ref: value["ref"]?.string, retryAfter: value["retry_after_ms"]?.int.map { Int($0) })
  }

  /// The answer while the store is away.
  package static func unavailable(ref: String?) -> ProtocolError {
    ProtocolError(.unavailable, "the database is away; try again", ref: ref, retryAfter: 1000)
  }

  /// Somebody has done too much of something.
  package static func tooMuch(_ delay: Delay, ref: String? = nil) -> ProtocolError {
    ProtocolError(.rateLimited, delay.reason, ref: ref, retryAfter: delay.milliseconds)
  }

  /// Somebody has deleted the session.
  package static func gone(ref: String? = nil) -> ProtocolError {
    ProtocolError(.unauthenticated, "the session is not there any more", ref: ref)
  }
}

/// For how long somebody may not do something, and why.
package struct Delay: Sendable, Equatable {
  package let milliseconds: Int
  /// A sentence for a developer.
  package let reason: String

  package init(_ milliseconds: Int, _ reason: String) {
    self.milliseconds = milliseconds
    self.reason = reason
  }
}

/// The protocol's own close codes (RFC 6455 section 7.4.2 leaves 4000 to 4999 to applications).
package enum CloseCode: UInt16, Sendable {
  case goingAway = 1001
  case unsupportedData = 1003
  case policyViolation = 1008
  case messageTooBig = 1009
  case internalError = 1011
  case restart = 1012
  case overloaded = 1013
  case unauthenticated = 4401
  case forbidden = 4403
  case notFound = 4404
  case helloTimeout = 4408
  case tooMany = 4429
}
