import Accounts
import Conversation
import HTTPWire
import Log
import Reactor
import Store
import Transport

/// From a request to its route, and back.
extension Shard {
  /// Takes a request that is not for a file.
  /// - Returns: false where nothing but a file can be meant.
  func serve(_ request: HTTPRequest, from connection: Connection) -> Bool {
    guard let path = request.head.pathSegments else { return false }
    let found = RouteTable.shared.routes(at: path)
    guard let first = found.first else {
      guard path.first == "v1" else { return false }
      engine.respond(connection, Problem.notFound("there is nothing here").response)
      return true
    }
    let visit = Visit(request, from: connection)
    let method = request.head.method
    let chosen = found.first { $0.route.answers(method) }
    if chosen == nil, method != .options {
      // That it may read the answer is all that a page of another origin needs here.
      try? admit(visit)
      finish(visit, .notAllowed(RouteTable.methods(of: found.map(\.route))))
      return true
    }
    if first.route.access.concernsSite {
      do throws(Problem) {
        try admit(visit)
      } catch {
        // Who shows nothing is asked for that first, whatever else is wrong.
        let isKnown = chosen.map { visit.shows($0.route.access) } ?? true
        finish(visit, (isKnown ? error : .noToken).response)
        return true
      }
    }
    guard let (route, values) = chosen else {
      finish(visit, .options(RouteTable.methods(of: found.map(\.route)), reader: visit.passport?.reader))
      return true
    }
    if route.content == .json, !request.content.isEmpty,
      request.head.fields["content-type"].map(SessionResource.mediaType) != "application/json"
    {
      finish(visit, Problem(.unsupportedMediaType, "bad_frame", "the content is application/json").response)
      return true
    }
    switch route.action {
    case .visit(let visitor):
      do throws(Problem) {
        // Who else asks is looked at where it is done; a key must be for it, whatever else is wrong.
        if let site = visit.passport?.site, let text = try? request.head.token, APIKey(text) != nil {
          _ = try caller(of: request.head, to: site, for: route.access)
        }
        try visitor(self, visit, values)
      } catch {
        finish(visit, error.response)
      }
    case .answer, .download: begin(visit, route, values)
    }
    return true
  }

  /// Lets a request in to its site.
  private func admit(_ visit: Visit) throws(Problem) {
    let head = visit.request.head
    guard let site = directory.site(head.queryValue("site")) else { throw .notFound("there is no such site") }
    // Whoever is refused is told nothing of who is not.
    visit.passport = Passport(site: site, request: visit.id)
    guard let admission = admit(head, to: site, on: visit.connection) else { throw Problem(.foreignOrigin) }
    visit.passport = Passport(site: site, reader: admission.origin, request: visit.id)
  }

  /// Has a request answered that is no session's, once it is known who makes it.
  private func begin(_ visit: Visit, _ route: Route, _ values: [String: String]) {
    let call: APICall
    do throws(Problem) {
      var caller: Caller?
      if let site = visit.passport?.site {
        caller = try self.caller(of: visit.request.head, to: site, for: route.access)
      }
      if route.access.takesOwner, caller?.owner == nil { throw .noToken }
      var account: Bearer?
      if case .account(let permission) = route.access {
        account = try self.account(of: visit.request.head, for: permission)
      }
      call = APICall(
        request: visit.request, values: values, caller: caller, account: account, id: visit.id,
        address: visit.connection.peer?.host)
    } catch {
      return finish(visit, error.response)
    }
    loop.task {
      do throws(Problem) {
        switch route.action {
        case .answer(let handler): self.finish(visit, try await self.once(call, route, handler))
        case .download(let source): await self.deliver(try await source(self, call), to: visit)
        case .visit: break
        }
      } catch {
        self.finish(visit, error.response)
      }
    }
  }

  /// Answers a request.
  func finish(_ visit: Visit, _ response: HTTPResponse) {
    note(visit, response.head.status)
    engine.respond(visit.connection, response.addressed(to: visit.passport, request: visit.id))
  }

  /// Notes what a request is answered with.
  func note(_ visit: Visit, _ status: HTTPStatus) {
    log.debug(
      "request",
      [
        "id": visit.id, "method": visit.request.head.methodText, "path": visit.request.head.path,
        "status": Int(status.code), "from": visit.connection.peer?.host ?? "unknown",
      ])
  }
}

extension Problem {
  static var noToken: Problem { .unauthenticated("a token is missing: Authorization: Bearer TOKEN") }
}

extension HTTPResponse {
  /// With what an answer to its asker needs besides.
  func addressed(to passport: Passport?, request: String? = nil) -> HTTPResponse {
    var response = self
    if let passport { response.head.allow(passport.reader) }
    if let request = request ?? passport?.request { try? response.head.add("X-Request-Id", text: request) }
    response.head.add("X-Content-Type-Options", "nosniff")
    return response
  }
}

/// A request on its way.
final class Visit {
  let request: HTTPRequest
  let connection: Connection
  let id: String
  /// The site that it is for, and the page that it comes from; nil where none is concerned.
  var passport: Passport?

  init(_ request: HTTPRequest, from connection: Connection) {
    self.request = request
    self.connection = connection
    let given = request.head.fields["x-request-id"]
    id = given.flatMap { Self.isName($0) ? $0 : nil } ?? String(UInt64.random(in: 0...(.max)), radix: 36)
  }

  /// Whether it comes with what may be the credential that is needed.
  func shows(_ access: Route.Access) -> Bool {
    guard access.takesOwner else { return true }
    return request.head.fields["authorization"] != nil || request.head.queryValue("ticket") != nil
  }

  /// Whether a text is fit for logs and fields: 1 to 64 of `A-Z a-z 0-9 . _ -`.
  private static func isName(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
      }
  }
}

extension HTTPResponse {
  fileprivate static func notAllowed(_ methods: String) -> HTTPResponse {
    var response = Problem(.methodNotAllowed, "bad_frame", "this takes \(methods)").response
    try? response.head.add("Allow", text: methods)
    return response
  }

  /// What a path takes, as browsers ask before they send what a form could not (Fetch section 4.8).
  fileprivate static func options(_ methods: String, reader: String?) -> HTTPResponse {
    var head = HTTPResponseHead(.noContent)
    try? head.add("Allow", text: methods)
    if reader != nil {
      try? head.add("Access-Control-Allow-Methods", text: methods)
      head.add(
        "Access-Control-Allow-Headers",
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-Id")
      head.add("Access-Control-Max-Age", "600")
    }
    return HTTPResponse(head)
  }
}
