package import JSONWire
package import Redaction

/// Why a model gives no answer, or no whole one. It holds nothing of a key, a prompt or another's words: what is told to
/// the person who asked is chosen here.
package struct ModelFailure: Error, Sendable, Equatable {
  package enum Kind: Sendable, Equatable, CaseIterable {
    /// The key is missing, wrong, or not for this.
    case refusedKey
    /// There is no such model, or nothing at that address.
    case notFound
    /// The request is not one that the model takes.
    case refusedRequest
    /// The conversation is longer than the model takes.
    case tooLong
    /// Too many requests at the moment.
    case busy
    /// What was paid for is used up.
    case quota
    /// Its service has a fault.
    case fault
    case unreachable, untrusted, timedOut
    /// The stream ended before the answer did.
    case cut
    /// The stream is none of its format.
    case garbled
    /// What it would have said was held back.
    case filtered
    /// It said nothing.
    case silent
  }

  package let kind: Kind
  /// A word of this side's for the log, such as a status.
  package let detail: String
  /// What the other side calls it. It may be anything, a key that it was shown as well.
  package let said: ForeignWord
  /// How long the other side asks to wait, in milliseconds.
  package let retryAfter: UInt64?

  package init(_ kind: Kind, _ detail: String = "", said: ForeignWord = "", retryAfter: UInt64? = nil) {
    self.kind = kind
    self.detail = detail
    self.said = said
    self.retryAfter = retryAfter
  }

  /// For the log.
  package func summary(by redaction: Redaction) -> String {
    ["\(kind)", detail, said.told(by: redaction)].filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// Whether the same request may do better a moment later.
  package var isPassing: Bool {
    switch kind {
    case .busy, .fault, .unreachable, .timedOut, .cut, .garbled: true
    default: false
    }
  }

  /// What the person who asked is told.
  /// - Parameter who: gives no answer.
  package func sentence(of who: String = "model") -> String {
    switch kind {
    case .refusedKey: "The \(who) did not accept this server's key."
    case .notFound: "The \(who) is not there under the name that is set up."
    case .refusedRequest: "The \(who) did not accept the request."
    case .tooLong: "This conversation is longer than the \(who) takes."
    case .busy: "The \(who) is busy at the moment; please try again."
    case .quota: "The \(who)'s quota is used up."
    case .fault: "The \(who)'s service has a fault at the moment; please try again."
    case .unreachable: "The \(who) could not be reached."
    case .untrusted: "The \(who)'s server could not prove who it is."
    case .timedOut: "The \(who) did not answer in time."
    case .cut: "The \(who)'s answer broke off."
    case .garbled: "The \(who)'s answer could not be understood."
    case .filtered: "The \(who)'s service held the answer back."
    case .silent: "The \(who) gave no answer."
    }
  }

  /// A refusal by its status, and by what its content says.
  package init(status: Int, content: [UInt8], retryAfter: UInt64? = nil) {
    let value = try? JSONValue(parsing: content)
    let error = value?["error"] ?? value
    let kind: Kind =
      switch status {
      case 401, 403: .refusedKey
      case 402: .quota
      case 404, 405: .notFound
      case 408, 409, 425, 429: .busy
      case 413: .tooLong
      case 500...: .fault
      default: .refusedRequest
      }
    let named = error.flatMap { Self.named($0) }
    self.init(named ?? kind, "\(status)", said: error.map { Self.code(of: $0) } ?? "", retryAfter: retryAfter)
  }

  /// An error in the stream.
  package init(_ error: JSONValue) {
    var kind = Self.named(error) ?? .fault
    if let status = error["code"]?.int ?? error["status_code"]?.int, (400...599).contains(status) {
      kind = Self.named(error) ?? ModelFailure(status: Int(status), content: []).kind
    }
    self.init(kind, said: Self.code(of: error))
  }

  /// What the other side calls it, where that is one of the known names.
  private static func named(_ error: JSONValue) -> Kind? {
    for name in [error["code"]?.string, error["type"]?.string] {
      switch name {
      case "context_length_exceeded", "request_too_large", "exceed_context_size_error": return .tooLong
      case "insufficient_quota", "billing_error", "billing_hard_limit_reached": return .quota
      case "rate_limit_exceeded", "rate_limit_error", "overloaded_error", "tokens", "requests": return .busy
      case "authentication_error", "permission_error", "invalid_api_key": return .refusedKey
      case "not_found_error", "model_not_found": return .notFound
      case "content_filter", "content_policy_violation": return .filtered
      case "api_error", "server_error", "internal_server_error": return .fault
      case "timeout_error": return .timedOut
      default: continue
      }
    }
    // Which has no name everywhere; these are the words of the common servers.
    let message = (error["message"]?.string ?? error.string ?? "").prefix(1000).lowercased()
    if message.contains("maximum context length") || message.contains("prompt is too long") { return .tooLong }
    if error["type"]?.string == "invalid_request_error" { return .refusedRequest }
    return nil
  }

  private static func code(of error: JSONValue) -> ForeignWord {
    ForeignWord(error["code"]?.string ?? error["type"]?.string ?? error["code"]?.int.map { "\($0)" } ?? "")
  }
}
