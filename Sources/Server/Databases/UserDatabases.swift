import Accounts
import Databases
import HTTPWire
import ProxyWire
import Store

/// Who may store databases of their own, and ask them.
package enum UserDatabases: String, Sendable, CaseIterable {
  /// Nobody.
  case off
  /// Users, those for whom a site vouches, and servers with keys.
  case users
  /// Everybody, those too whom nobody knows.
  case visitors
}

extension ServerSettings {
  /// What may be reached. By default what is public; where only the own machine is served, and that from the embedded
  /// database, that machine too.
  var databaseRules: DatabaseDesk.Rules {
    var rules = databases
    let own = ["127.0.0.0/8", "::1"].compactMap(AddressRange.init)
    let isOwn = host == "localhost" || IPAddress(host).map { address in own.contains { $0.contains(address) } } ?? false
    rules.hosts = HostRules(allowed: databaseNetworks ?? (databaseURL == nil && isOwn ? own : []))
    return rules
  }
}

extension DatabaseDesk.Access {
  /// As it is stored.
  init(_ stored: StoredAccess) throws(DatabaseError) {
    self.init(
      target: try DatabaseTarget(
        engine: DatabaseEngine(named: stored.kind) ?? .postgresql, host: stored.host, port: stored.port,
        database: stored.database, user: stored.user,
        tls: DatabaseTLS(rawValue: stored.tls) ?? .verifyFull),
      password: stored.password.text, id: stored.id, owner: stored.owner, sharesSamples: stored.sharesSamples)
  }
}

extension Problem {
  /// A user's database is not asked.
  init(_ error: DatabaseError) {
    self =
      switch error.code {
      case .badField: .badField(error.message)
      case .forbidden: .forbidden(error.message)
      case .busy: Problem(.tooManyRequests, "rate_limited", error.message, retryAfter: 1000)
      case .unreachable, .refused, .failed, .timeout: .conflict(error.message)
      }
  }

  /// No such database, or somebody else's.
  static var noDatabase: Problem { .notFound("there is no such database") }
}
