import Accounts
import HTTPWire
import JSONWire
import Store
import Transport

extension Route {
  /// Users: how one is made, how it logs in, and what it is.
  static let logins: [Route] = [
    Route(.post, "/v1/auth/register", .open, content: .json, makes: true) { shard, call throws(Problem) in
      .json(.created, JSONValue.object([("user", .user(try await shard.register(call)))]).bytes)
    },
    Route(.post, "/v1/auth/log-in", .open, content: .json) { shard, call throws(Problem) in
      let (tokens, user) = try await shard.logIn(call)
      return .json(.ok, JSONValue.object(tokens.members + [("user", .user(user))]).bytes)
    },
    Route(.post, "/v1/auth/refresh", .open, content: .json) { shard, call throws(Problem) in
      let text = try call.request.object().needed("refresh_token", 1...500)
      let (credentials, now) = (shard.directory.credentials, shard.wallSeconds)
      let tokens = try await shard.keeping {
        try await shard.books.tokens(by: call.origin).refresh(text, credentials, now: now)
      }
      guard let tokens else { throw .unauthenticated("this refresh token is not valid, or not any more") }
      return .json(.ok, JSONValue.object(tokens.members).bytes)
    },
    Route(.post, "/v1/auth/log-out", .open, content: .json) { shard, call throws(Problem) in
      let text = try call.request.object().needed("refresh_token", 1...500)
      _ = try await shard.keeping { try await shard.books.tokens(by: call.origin).end(text) }
      // Whether there was such a log-in is told to nobody.
      return .done
    },
    Route(.get, "/v1/me", .account(.ownAccount)) { shard, call throws(Problem) in
      guard let id = call.account?.user else { throw .internal }
      let (user, memberships) = try await shard.keeping {
        let users = try shard.books.users(by: call.origin)
        return (try await users.user(id: id), try await users.memberships(of: id))
      }
      guard let user else { throw .unauthenticated("there is no such user any more") }
      let sites = memberships.map { JSONValue.object([("key", .string($0.key)), ("role", .string($0.role.rawValue))]) }
      return .json(.ok, JSONValue.object([("user", .user(user)), ("sites", .array(sites))]).bytes)
    },
  ]
}

extension Shard {
  /// Makes a user by its own wish.
  func register(_ call: APICall) async throws(Problem) -> UserRecord {
    guard node.settings.allowsRegistration ?? (node.settings.databaseURL == nil) else {
      throw .forbidden("users are made by the deployment's admins")
    }
    let object = try call.request.object()
    let (email, password) = (try object.needed("email", 1...254), try object.needed("password", 1...1024))
    let name = try object.text("name", 1...200, takesNull: true)
    return try await keeping {
      try await self.books.users(by: call.origin).register(email: email, password: password, name: name)
    }
  }

  /// Logs a user in by e-mail and password.
  func logIn(_ call: APICall, email field: String = "email") async throws(Problem) -> (LoginTokens, UserRecord) {
    let object = try call.request.object()
    let (email, password) = (try object.needed(field, 1...254), try object.needed("password", 1...1024))
    let (credentials, now) = (directory.credentials, wallSeconds)
    return try await keeping {
      let user = try await self.books.users(by: call.origin).authenticate(email: email, password: password)
      return (try await self.books.tokens(by: call.origin).begin(for: user, credentials, now: now), user)
    }
  }
}

extension LoginTokens {
  /// As RFC 6749 section 5.1 names them.
  var members: [(String, JSONValue)] {
    [
      ("access_token", .string(access)), ("token_type", "Bearer"), ("expires_in", .int(expiresIn)),
      ("refresh_token", .string(refresh.text)),
    ]
  }
}

extension JSONValue {
  static func object(_ members: [(String, JSONValue)]) -> JSONValue { .object(JSONObject(members)) }

  static func user(_ user: UserRecord) -> JSONValue {
    .object([
      ("id", .int(user.id)), ("email", .string(user.email)), ("name", .optional(user.name)),
      ("role", .string(user.role.rawValue)), ("created_at", .time(user.createdAt)),
      ("logged_in_at", .time(user.loggedInAt)), ("disabled", .bool(user.isDisabled)),
    ])
  }
}
