import Accounts
import HTTPWire
import JSONWire
import Store
import Transport

extension Route {
  /// The users of the deployment, for those who keep them.
  static let users: [Route] = [
    Route(.get, "/v1/users", .account(.keepUsers)) { shard, call throws(Problem) in
      _ = try await shard.keeper(call)
      let limit = try call.int("limit", in: 1...1000, otherwise: 100)
      let after = try call.cursor(of: .users, count: 1)?.numbers[0] ?? 0
      let users = try await shard.keeping {
        try await shard.books.users(by: call.origin).list(after: after, most: limit + 1)
      }
      let next = users.count > limit ? PageCursor([users[limit - 1].id]).text(of: .users) : nil
      return .json(
        .ok,
        JSONValue.object([
          ("users", .array(users.prefix(limit).map { .user($0) })), ("next", .optional(next)),
        ]).bytes)
    },
    Route(.post, "/v1/users", .account(.keepUsers), content: .json, makes: true) { shard, call throws(Problem) in
      let keeper = try await shard.keeper(call)
      let object = try call.request.object()
      let (email, password) = (try object.needed("email", 1...254), try object.needed("password", 1...1024))
      let name = try object.text("name", 1...200, takesNull: true)
      let role = try object.word("role", UserRole.self) ?? .member
      try keeper.check(role)
      let made = try await shard.keeping {
        try await shard.books.users(by: call.origin).create(email: email, password: password, name: name, role: role)
      }
      var response = HTTPResponse.json(.created, JSONValue.user(made).bytes)
      try? response.head.add("Location", text: "/v1/users/\(made.id)")
      return response
    },
    Route(.get, "/v1/users/{id}", .account(.keepUsers)) { shard, call throws(Problem) in
      _ = try await shard.keeper(call)
      let user = try await shard.user(call)
      let roles = try await shard.keeping { try await shard.books.users(by: call.origin).memberships(of: user.id) }
      return .json(.ok, JSONValue.user(user, on: roles).bytes)
    },
    Route(.patch, "/v1/users/{id}", .account(.keepUsers), content: .json) { shard, call throws(Problem) in
      let keeper = try await shard.keeper(call)
      let user = try await shard.user(call)
      let object = try call.request.object()
      let (name, role) = (try object.text("name", 1...200), try object.word("role", UserRole.self))
      let isDisabled = try object.bool("disabled")
      try keeper.check(user.role)
      if let role { try keeper.check(role) }
      let changed = try await shard.keeping {
        try await shard.books.users(by: call.origin).update(
          user, name: name, role: role, isDisabled: isDisabled, upTo: keeper.highest)
      }
      return .json(.ok, JSONValue.user(changed).bytes)
    },
    Route(.delete, "/v1/users/{id}", .account(.keepUsers)) { shard, call throws(Problem) in
      let keeper = try await shard.keeper(call)
      let user = try await shard.user(call)
      try keeper.check(user.role)
      if try call.flag("data") { _ = try await shard.forgetUser(user.id, call) }
      try await shard.keeping { try await shard.books.users(by: call.origin).delete(user, upTo: keeper.highest) }
      return .done
    },
    Route(.put, "/v1/users/{id}/sites/{key}", .account(.keepUsers), content: .json) { shard, call throws(Problem) in
      try await shard.setRole(call) { () throws(Problem) in
        guard let role = try call.request.object().word("role", UserRole.self) else { throw .badField("role: missing") }
        return role
      }
    },
    Route(.delete, "/v1/users/{id}/sites/{key}", .account(.keepUsers)) { shard, call throws(Problem) in
      try await shard.setRole(call) { nil }
    },
    Route(.delete, "/v1/users/{id}/data", .account(.ownAccount)) { shard, call throws(Problem) in
      // Somebody's own, or by who keeps users; others' look like those that are not there.
      guard let asker = call.account?.user else { throw .internal }
      if call.value("id") == "me" || call.value("id") == "\(asker)" {
        return .forgotten(try await shard.forgetUser(asker, call))
      }
      guard let keeper = try? await shard.keeper(call) else { throw .notFound("there is no such user") }
      let user = try await shard.user(call)
      try keeper.check(user.role)
      return .forgotten(try await shard.forgetUser(user.id, call))
    },
  ]
}

/// Somebody who keeps users: an admin keeps members and operators, an owner all.
private struct UserKeeper {
  /// The highest role of those whom it keeps.
  let highest: UserRole

  init(_ role: UserRole) { highest = role == .owner ? .owner : .operates }

  func check(_ role: UserRole) throws(Problem) {
    guard role <= highest else { throw .forbidden("admins and owners are kept by owners") }
  }
}

extension Shard {
  /// Who keeps the users of the deployment; a role on some sites is not enough.
  fileprivate func keeper(_ call: APICall) async throws(Problem) -> UserKeeper {
    guard case .user(_, let role, _)? = call.account?.kind, role >= Permission.keepUsers.role else {
      throw .forbidden("this takes the role \(Permission.keepUsers.role.rawValue) in the deployment")
    }
    return UserKeeper(role)
  }

  /// The user of a path.
  fileprivate func user(_ call: APICall) async throws(Problem) -> UserRecord {
    guard let id = Int64(call.value("id")) else { throw .notFound("there is no such user") }
    let user = try await keeping { try await self.books.users(by: call.origin).user(id: id) }
    guard let user else { throw .notFound("there is no such user") }
    return user
  }

  /// Gives the user of a path a role on the path's site, or none.
  /// - Parameter role: read where it may be given at all.
  fileprivate func setRole(
    _ call: APICall, _ role: () throws(Problem) -> UserRole?
  ) async throws(Problem) -> HTTPResponse {
    let keeper = try await keeper(call)
    let (user, role) = (try await user(call), try role())
    try keeper.check(user.role)
    if let role { try keeper.check(role) }
    let key = call.value("key")
    guard !key.utf8.contains(0) else { throw .notFound("there is no such site") }
    try await keeping {
      try await self.books.users(by: call.origin).setRole(role, of: user.email, onSite: key)
    }
    return .done
  }

  /// Deletes all that a user owns, on every site, at once.
  /// - Returns: how many sessions that were.
  fileprivate func forgetUser(_ user: Int64, _ call: APICall) async throws(Problem) -> Int {
    try await note(.deleted, of: "user:\(user)", for: call)
    let owner = Bearer.owner(ofUser: user)
    var count = 0
    for site in try await keeping({ try await self.books.users(by: call.origin).sites(of: owner) }) {
      count += try await forget(owner, on: site)
    }
    return count
  }
}

extension JSONValue {
  /// With its role on each site.
  fileprivate static func user(_ user: UserRecord, on roles: [Membership]) -> JSONValue {
    let sites = roles.map { JSONValue.object([("key", .string($0.key)), ("role", .string($0.role.rawValue))]) }
    return .object([("user", .user(user)), ("sites", .array(sites))])
  }
}
