import JSONWire
import LoadKit

/// A route, and the requests that are made to it.
struct RestRoute {
  let name: String
  /// So many requests at most.
  var most = Int.max
  /// The request of a number from 0 on.
  let request: (Int) -> [UInt8]
}

/// The routes that answer a request at once, each asked as it usually is. Left out are log-ins, which are made to take
/// long, and streams, which the restores measure.
struct RestRoutes {
  let sessions: StoredSessions
  /// A server's key.
  let key: String
  /// An admin's access token.
  let user: String
  /// What new sessions' ids begin with.
  private let name = "rest_" + String(UInt64.random(in: 0...(.max)), radix: 36) + "_"

  init(sessions: StoredSessions, key: String, user: String) {
    (self.sessions, self.key, self.user) = (sessions, key, user)
  }

  var all: [RestRoute] { lists + single + deployment + aliases + changes }

  // MARK: Reading

  private var lists: [RestRoute] {
    [
      own("GET /v1/sessions") { _ in "/v1/sessions" },
      own("GET /v1/sessions, of some words") { "/v1/sessions?q=\(word($0))" },
      site("GET /v1/sessions, of the whole site") { _ in "/v1/sessions" },
      site("GET /v1/sessions, of the whole site and some words") { "/v1/sessions?q=\(word($0))" },
      own("GET /v1/search") { "/v1/search?q=\(word($0))" },
      site("GET /v1/search, of the whole site") { "/v1/search?q=\(word($0))" },
      site("GET /v1/search, of the whole site, a frequent word") { "/v1/search?q=w\(String($0 % 16, radix: 16))" },
    ]
  }

  private var single: [RestRoute] {
    [
      own("GET /v1/sessions/ID") { "/v1/sessions/\(identity($0).session)" },
      own("GET /v1/sessions/ID, with 20 messages") { "/v1/sessions/\(identity($0).session)?messages=20" },
      own("GET /v1/sessions/ID/messages") { "/v1/sessions/\(identity($0).session)/messages" },
      own("GET /v1/sessions/ID/export") { "/v1/sessions/\(identity($0).session)/export" },
    ]
  }

  private var deployment: [RestRoute] {
    [
      site("GET /v1/sites/KEY/analytics, 30 days") { _ in "/v1/sites/default/analytics" },
      site("GET /v1/sites/KEY/analytics, 30 days by the hour") { _ in "/v1/sites/default/analytics?step=hour" },
      site("GET /v1/sites") { _ in "/v1/sites" },
      site("GET /v1/sites/KEY") { _ in "/v1/sites/default" },
      site("GET /v1/audit") { _ in "/v1/audit" },
      RestRoute(name: "GET /v1/keys") { _ in PlainRequest.bytes("GET", "/v1/keys", token: user) },
      RestRoute(name: "GET /v1/me") { _ in PlainRequest.bytes("GET", "/v1/me", token: user) },
      RestRoute(name: "GET /health/live") { _ in PlainRequest.bytes("GET", "/health/live") },
      RestRoute(name: "GET /health/ready") { _ in PlainRequest.bytes("GET", "/health/ready") },
    ]
  }

  private var aliases: [RestRoute] {
    [
      own("GET /sessions") { _ in "/sessions" },
      own("GET /sessions/ID/messages") { "/sessions/\(identity($0).session)/messages" },
      own("GET /health/session") { _ in "/health/session" },
    ]
  }

  // MARK: Changing

  private var changes: [RestRoute] {
    [
      RestRoute(name: "POST /v1/sessions") { number in
        let content = Self.object(("id", .string("\(name)\(1_000_000 + number)")), ("agent", "script"))
        return PlainRequest.bytes("POST", "/v1/sessions", token: identity(number).token, content)
      },
      change("PATCH /v1/sessions/ID", "PATCH", "") { Self.object(("title", .string("Number \($0)"))) },
      change("POST /v1/sessions/ID/messages", "POST", "/messages") {
        Self.object(
          ("id", .string(ChatFrames.messageID(UInt64(1_000_000 + $0)))), ("content", .string(ChatLoad.shortest)))
      },
      change("PUT /v1/sessions/ID/messages/ID/feedback", "PUT", "/messages/\(sessions.answer(0))/feedback") {
        Self.object(("rating", $0 % 2 == 0 ? "up" : "down"))
      },
      change("POST /v1/sessions/ID/tickets", "POST", "/tickets") { _ in nil },
      RestRoute(name: "DELETE /v1/sessions/ID", most: sessions.count) { number in
        let identity = sessions.identity(number)
        return PlainRequest.bytes("DELETE", "/v1/sessions/\(identity.session)", token: identity.token)
      },
    ]
  }

  private func change(
    _ name: String, _ method: String, _ path: String, _ content: @escaping (Int) -> [UInt8]?
  ) -> RestRoute {
    RestRoute(name: name) { number in
      let identity = identity(number)
      return PlainRequest.bytes(
        method, "/v1/sessions/\(identity.session)\(path)", token: identity.token, content(number))
    }
  }

  // MARK: Parts

  private func own(_ name: String, _ path: @escaping (Int) -> String) -> RestRoute {
    RestRoute(name: name) { PlainRequest.bytes("GET", path($0), token: identity($0).token) }
  }

  private func site(_ name: String, _ path: @escaping (Int) -> String) -> RestRoute {
    RestRoute(name: name) { PlainRequest.bytes("GET", path($0), token: key) }
  }

  /// Sessions from all over the table, and words from all over the vocabulary: one behind the other they lie far apart.
  private func identity(_ number: Int) -> ChatIdentity { sessions.identity(Self.scatter(number) % sessions.count) }

  private func word(_ number: Int) -> String {
    "w" + String(Self.scatter(number + 7) % StoredSessions.Life.vocabulary, radix: 16)
  }

  private static func scatter(_ number: Int) -> Int { Int((UInt64(number) &* 0x9E37_79B9_7F4A_7C15) >> 33) }

  private static func object(_ members: (String, JSONValue)...) -> [UInt8] {
    JSONValue.object(JSONObject(members)).bytes
  }
}
