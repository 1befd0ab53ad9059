import HTTPWire
import Transport

/// One thing that can be asked for over plain HTTP.
struct Route: Sendable {
  /// Who may.
  enum Access: Sendable {
    /// Whoever reaches the server; no site is concerned.
    case open
    /// Any page of the site, without a credential.
    case page
    /// Whoever owns something: a visitor or a user, by a token, or a server's key for talking.
    case owner
    /// The same; and keys that may do that with the sessions of everybody on their sites.
    case sessions(SessionRight)
    /// Users and servers who may do that, by an access token or a key; no site is concerned.
    case account(Permission)
  }

  /// What content it reads.
  enum Content: Sendable {
    case none, json
    /// Whatever its `Content-Type` says, as the handler judges.
    case document
  }

  /// How it is done, on the loop that the request came to.
  typealias Handler = @Sendable (isolated Shard, APICall) async throws(Problem) -> HTTPResponse

  /// How it is done where the content of the answer may be long.
  typealias Source = @Sendable (isolated Shard, APICall) async throws(Problem) -> Download

  /// How a request begins that is done in a session. Its values are those of the path.
  typealias Visitor = @Sendable (isolated Shard, Visit, [String: String]) throws(Problem) -> Void

  enum Action: Sendable {
    /// A handler answers it, whole.
    case answer(Handler)
    /// An answer that is made while it is sent.
    case download(Source)
    /// It is done in a session, on that one's loop, and answered there.
    case visit(Visitor)
  }

  let method: HTTPMethod
  /// As `/v1/sessions/{id}`: what is in braces is any segment, by that name.
  let path: String
  let access: Access
  let content: Content
  /// Whether it makes something, so that one that is sent again under the same `Idempotency-Key` must make nothing more.
  let makes: Bool
  let action: Action
  private let segments: [Segment]

  private enum Segment: Sendable {
    case fixed(String)
    case value(String)
  }

  private init(
    _ method: HTTPMethod, _ path: String, _ access: Access, _ content: Content, makes: Bool = false, _ action: Action
  ) {
    self.method = method
    self.path = path
    self.access = access
    self.content = content
    self.makes = makes
    self.action = action
    segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
      $0.hasPrefix("{") ? .value(String($0.dropFirst().dropLast())) : .fixed(String($0))
    }
  }

  init(
    _ method: HTTPMethod, _ path: String, _ access: Access, content: Content = .none, makes: Bool = false,
    answer: @escaping Handler
  ) {
    self.init(method, path, access, content, makes: makes, .answer(answer))
  }

  init(
    _ method: HTTPMethod, _ path: String, _ access: Access, content: Content = .none, visit: @escaping Visitor
  ) {
    self.init(method, path, access, content, .visit(visit))
  }

  init(_ method: HTTPMethod, _ path: String, _ access: Access, download: @escaping Source) {
    self.init(method, path, access, .none, .download(download))
  }

  /// The values of a path that is this one's; nil for any other.
  func match(_ path: [String]) -> [String: String]? {
    guard path.count == segments.count else { return nil }
    var values: [String: String] = [:]
    for (part, segment) in zip(path, segments) {
      switch segment {
      case .fixed(let name): guard part == name else { return nil }
      case .value(let name): values[name] = part
      }
    }
    return values
  }

  /// Whether it answers a method: a `HEAD` as a `GET`, without the content (RFC 9110 section 9.3.2).
  func answers(_ method: HTTPMethod) -> Bool { self.method == method || self.method == .get && method == .head }
}
