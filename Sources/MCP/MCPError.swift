package import JSONWire

/// Why a tool server has not done what it was asked.
package struct MCPError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong.
  package enum Code: Sendable, Equatable {
    /// It can't be started or reached, or is not tried again yet.
    case unavailable
    /// It went away before it answered.
    case ended
    /// It has not answered in time.
    case timedOut
    /// It answers with an error (JSON-RPC 2.0 section 5.1).
    case refused
    /// It does not know who asks, or does not let them.
    case unauthorized
    /// What it sends is nothing that the protocol allows.
    case malformed
    /// What it sends, or what it was to be sent, is larger than allowed.
    case tooLarge
    /// It speaks no version that is spoken here, or wants something that is not done here.
    case unsupported
    /// The client was closed.
    case closed
  }

  package let code: Code
  /// What is known beside it. Of `refused` it is the server's own text, which nobody has checked.
  package let detail: String
  /// The number of the server's error.
  package var number: Int64?
  /// What the server gives with its error.
  package var data: JSONValue?
  /// In how many seconds it is tried again at the earliest, where it is not tried yet since it has ended before.
  package var restSeconds: UInt64?

  package init(_ code: Code, _ detail: String = "", number: Int64? = nil, data: JSONValue? = nil) {
    self.code = code
    self.detail = detail
    self.number = number
    self.data = data
  }

  init(restingFor seconds: UInt64) {
    self.init(.unavailable, "it ended, and is started again in \(seconds) s at the earliest")
    restSeconds = seconds
  }

  package var description: String { detail.isEmpty ? "\(code)" : "\(code) (\(detail))" }

  /// The numbers of errors that servers of the era without a handshake alone send.
  static let headerMismatch: Int64 = -32020
  static let missingCapability: Int64 = -32021
  static let unsupportedVersion: Int64 = -32022

  /// Whether it is one of those.
  var isModern: Bool {
    guard let number else { return false }
    return [Self.headerMismatch, Self.missingCapability, Self.unsupportedVersion].contains(number)
  }
}
