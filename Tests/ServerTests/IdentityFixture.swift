@testable import Accounts
import Glibc
import JSONWire
import Log
import Postgres
import SkeinTestKit
import Store

/// A website whose own server signs who its visitors are.
struct SigningSite: Sendable {
  let key: String
  private static let secret = "what only the shop's own server has"

  /// Makes the site, and waits until the servers know it.
  static func make(_ mode: IdentityMode, on servers: TestServer...) async throws -> SigningSite {
    var change = SiteChange()
    change.name = "Shop"
    change.allowsMissingOrigin = true
    change.identity = mode
    change.secret = secret
    let site = SigningSite(key: try await servers[0].sites { [change] in try await $0.create(change) }.key)
    for server in servers {
      guard try await server.eventually(site: site.key, origin: nil, is: mode == .required ? turnedAway : nil) else {
        throw TestClientError.unexpected("the site is not known")
      }
    }
    return site
  }

  /// A token that the site's server gives to one of its customers.
  func token(
    _ subject: String, name: String? = nil, email: String? = nil, expires: Int64 = Int64(time(nil)) + 300
  ) -> String {
    var claims: [(String, JSONValue)] = [("sub", .string(subject)), ("exp", .int(expires))]
    if let name { claims.append(("name", .string(name))) }
    if let email { claims.append(("email", .string(email))) }
    let header = JSONObject([("alg", "HS256"), ("typ", "JWT")])
    return JWS.compact(header: header, payload: JSONObject(claims)) { Sodium.hmac($0, key: Array(Self.secret.utf8)) }
  }

  var query: String { "site=\(key)" }
}

extension TestServer {
  /// A client of a site, that has said nothing yet.
  func connect(to site: SigningSite) async throws -> ChatClient { try await connect(site: site.key, origin: nil) }

  /// A client of a site that was welcomed by its token.
  func client(_ site: SigningSite, _ identity: Identity) async throws -> ChatClient {
    let client = try await connect(to: site)
    try await client.hello(identity, agent: "script")
    return client
  }

  /// What a `hello` is refused by; nil for a welcome.
  func refusal(_ site: SigningSite, _ identity: Identity) async throws -> String? {
    let client = try await connect(to: site)
    let refusal = try await client.refusal(identity)
    await client.drop()
    return refusal
  }

  /// Works on the server's database as another node would.
  func database<Result: Sendable>(_ body: (PostgresClient) async throws -> Result) async throws -> Result {
    let client = PostgresClient(
      loop: try TestLoop.shared(), configuration: try PostgresConfiguration(url: url), log: Self.log)
    do {
      let result = try await body(client)
      await client.close()
      return result
    } catch {
      await client.close()
      throw error
    }
  }

  /// A user who has logged in.
  func loggedIn(_ email: String, role: UserRole = .member) async throws -> LoginTokens {
    try await database { client in
      let desk = try PasswordDesk(cost: PasswordHasher.Cost(passes: 1, memory: 8192))
      let origin = AuditOrigin(.nobody)
      let users = UserBook(client, desk: desk, limits: LoginLimits(client), by: origin)
      let user = try await users.create(email: email, password: "a long enough secret", name: "Ada", role: role)
      return try await TokenBook(client, by: origin).begin(
        for: user, try await Credentials.read(from: client, sealer: TestServer.sealer()), now: Int64(time(nil)))
    }
  }
}

let turnedAway = "unauthenticated 4401"
