import Accounts
import Conversation
import HTTPWire
import JSONWire
import Store
import Transport

extension Route {
  /// Log-ins in the words of other systems.
  static let foreignLogins: [Route] = [
    Route(.post, "/register", .open, content: .json, makes: true) { shard, call throws(Problem) in
      .json(.created, JSONValue.user(try await shard.register(call)).bytes)
    },
    Route(.post, "/login", .open, content: .json) { shard, call throws(Problem) in
      let (tokens, _) = try await shard.logIn(call, email: "username")
      let content: [(String, JSONValue)] = [
        ("access_token", .string(tokens.access)), ("token_type", "bearer"), ("expires_in", .int(tokens.expiresIn)),
      ]
      return .json(.ok, JSONValue.object(content).bytes)
    },
    Route(.get, "/health/session", .owner) { shard, call throws(Problem) in
      let current = try await shard.currentSession(of: call)
      let content: [(String, JSONValue)] = [
        ("status", "healthy"), ("session_id", .string(current.id.text)), ("created", .bool(current.wasMade)),
        ("user_id", call.caller?.bearer?.user.map { .int($0) } ?? .null),
      ]
      return .json(.ok, JSONValue.object(content).bytes)
    },
  ]
}

extension Shard {
  /// The session of somebody who names none, which is made where there is none yet: one that asks databases, as in the
  /// systems that name none.
  func currentSession(of call: APICall) async throws(Problem) -> CurrentSession {
    let caller = try call.acting()
    guard let bearer = caller.bearer else { throw .noToken }
    guard let agent = directory.agent(BuiltInAgents.sql, for: caller.site)?.profile.id else {
      throw .notFound("this site has no agent")
    }
    let candidate = SessionID.random(using: &random)
    return try await keeping {
      try await CurrentSession.of(
        bearer, on: caller.site.id, candidate: candidate, agent: agent, address: call.address, self.books.client)
    }
  }
}
