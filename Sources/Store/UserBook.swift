package import Accounts
import JSONWire
package import Postgres

/// A user as it is stored, without its password.
package struct UserRecord: Sendable, Equatable {
  package let id: Int64
  package let email: String
  package let name: String?
  package let role: UserRole
  /// Milliseconds since 1970.
  package let createdAt: Int64
  package let loggedInAt: Int64?
  package let isDisabled: Bool
}

/// A role of a user on one site.
package struct Membership: Sendable, Equatable {
  /// The site's number and key.
  package let site: Int64
  package let key: String
  package let role: UserRole
}

/// Why a user can't be as it is asked for.
package enum UserError: Error, Equatable, CustomStringConvertible {
  case noSuchUser(String)
  case noSuchSite(String)
  case badEmail
  case emailTaken
  case badPassword(PasswordPolicy.Refusal)
  /// The name is empty or longer than 200 characters.
  case badName
  /// There would be no owner left.
  case lastOwner

  package var description: String {
    switch self {
    case .noSuchUser(let email): "there is no user \(email)"
    case .noSuchSite(let key): "there is no site \(key)"
    case .badEmail: "that is no e-mail address"
    case .emailTaken: "there is a user of this e-mail address already"
    case .badPassword(.tooShort(let least)): "a password has at least \(least) characters"
    case .badPassword(.tooLong(let most)): "a password has at most \(most) bytes"
    case .badPassword(.common): "this password is among the first that are tried"
    case .badPassword(.breached): "this password is known from a breach of other servers"
    case .badPassword(.containsName): "the e-mail's name must not be in the password"
    case .badName: "a name has 1 to 200 characters"
    case .lastOwner: "this is the last owner who is not disabled"
    }
  }
}

/// Why nobody is logged in.
package enum LoginError: Error, Equatable {
  /// Whatever is wrong with e-mail or password, or that the user is disabled: nobody is told which.
  case refused
  /// Too many tries, of this account or from this address; when to try again, in milliseconds.
  case tooMany(retryAfter: Int)
}

/// The users of a deployment, and their passwords.
package struct UserBook: Sendable {
  private let client: PostgresClient
  private let desk: PasswordDesk
  private let limits: LoginLimits
  private let origin: AuditOrigin
  private let policy: PasswordPolicy

  /// - Parameters:
  ///   - limits: what log-ins and registrations are bounded by.
  ///   - origin: who does what is done here.
  package init(
    _ client: PostgresClient, desk: PasswordDesk, limits: LoginLimits, by origin: AuditOrigin,
    policy: PasswordPolicy = PasswordPolicy()
  ) {
    self.client = client
    self.desk = desk
    self.limits = limits
    self.origin = origin
    self.policy = policy
  }

  // MARK: Reading

  /// Users, those that are disabled among them, the oldest first.
  /// - Parameters:
  ///   - after: only those behind the one of that number.
  ///   - most: at most so many; nil: all.
  package func list(after: Int64 = 0, most: Int? = nil) async throws(PostgresError) -> [UserRecord] {
    let rows = try await client.query(
      Statements.listedUsers, [.int8(after), most.map { .int8(Int64($0)) } ?? .null])
    return try (0..<rows.count).map { row throws(PostgresError) in try rows.user(row) }
  }

  /// The user of an address.
  package func user(_ email: String) async throws -> UserRecord {
    guard let address = EmailAddress(email) else { throw UserError.noSuchUser(email) }
    let rows = try await client.query(Statements.users, [.text(address.text), .null])
    guard rows.count > 0 else { throw UserError.noSuchUser(address.text) }
    return try rows.user(0)
  }

  /// The user of a number; nil where there is none.
  package func user(id: Int64) async throws(PostgresError) -> UserRecord? {
    let rows = try await client.query(Statements.users, [.null, .int8(id)])
    return rows.count > 0 ? try rows.user(0) : nil
  }

  /// The sites that a user has a role on.
  package func memberships(of user: Int64) async throws(PostgresError) -> [Membership] {
    let rows = try await client.query(Statements.memberships, [.int8(user)])
    return try (0..<rows.count).map { row throws(PostgresError) in
      Membership(site: try rows.int(row, 0), key: try rows.text(row, 1), role: try rows.userRole(row, 2))
    }
  }

  /// The sites on which somebody owns something, by their numbers.
  package func sites(of owner: [UInt8]) async throws(PostgresError) -> [Int64] {
    let rows = try await client.query(Statements.sitesOfOwner, [.bytea(owner)])
    return try (0..<rows.count).map { row throws(PostgresError) in try rows.int(row, 0) }
  }

  // MARK: Changing

  /// Makes a user, for somebody who may.
  package func create(
    email: String, password: String, name: String? = nil, role: UserRole = .member
  ) async throws -> UserRecord {
    guard let address = EmailAddress(email) else { throw UserError.badEmail }
    try check(name)
    let hash = try await hash(password, of: address)
    let parameters: [PostgresValue] = [
      .text(address.text), .text(hash), name.map { .text($0) } ?? .null, .text(role.rawValue),
    ]
    let note = AuditNote.parameters(
      .userCreated, by: origin, details: JSONObject([("role", .string(role.rawValue))]))
    let rows = try await client.query(Statements.createUser, parameters + note)
    guard rows.count > 0 else { throw UserError.emailTaken }
    return try rows.user(0)
  }

  /// Makes a user for itself.
  /// - Throws: `LoginError.tooMany` too.
  package func register(email: String, password: String, name: String? = nil) async throws -> UserRecord {
    if let wait = try await limits.take(addresses) { throw LoginError.tooMany(retryAfter: wait) }
    return try await create(email: email, password: password, name: name)
  }

  /// Sets a new password, and ends all log-ins.
  package func setPassword(_ password: String, of email: String) async throws -> UserRecord {
    let user = try await user(email)
    let hash = try await hash(password, of: EmailAddress(user.email))
    _ = try await client.query(
      Statements.setPassword,
      [.int8(user.id), .text(hash)] + AuditNote.parameters(.passwordChanged, by: origin))
    return user
  }

  /// Changes what a user may do; nil leaves it as it is. A user who is disabled has no log-in any more.
  package func update(
    _ email: String, name: String? = nil, role: UserRole? = nil, isDisabled: Bool? = nil
  ) async throws -> UserRecord {
    try await update(try await user(email), name: name, role: role, isDisabled: isDisabled)
  }

  /// The same, by somebody who keeps users of some roles only.
  /// - Parameter upTo: the highest of these, of which the user has to be.
  package func update(
    _ user: UserRecord, name: String? = nil, role: UserRole? = nil, isDisabled: Bool? = nil, upTo: UserRole = .owner
  ) async throws -> UserRecord {
    try check(name)
    var details: [(String, JSONValue)] = []
    if let role { details.append(("role", .string(role.rawValue))) }
    if let isDisabled { details.append(("disabled", .bool(isDisabled))) }
    let note = AuditNote.parameters(.userChanged, by: origin, details: JSONObject(details))
    // Of two owners who disable each other at once only one may: who is counted is locked first.
    let results = try await client.transaction([
      (Statements.lockOwners, []),
      (
        Statements.updateUser,
        [
          .int8(user.id), name.map { .text($0) } ?? .null, role.map { .text($0.rawValue) } ?? .null,
          isDisabled.map { .bool($0) } ?? .null, .texts(UserRole.allCases.filter { $0 <= upTo }.map(\.rawValue)),
        ] + note
      ),
    ])
    guard results[1].count > 0 else { throw UserError.lastOwner }
    return try results[1].user(0)
  }

  /// Deletes a user. What it has owned stays, and is nobody's any more.
  /// - Parameter upTo: the highest role that it may have.
  package func delete(_ user: UserRecord, upTo: UserRole = .owner) async throws {
    let results = try await client.transaction([
      (Statements.lockOwners, []),
      (
        Statements.deleteUser,
        [.int8(user.id), .texts(UserRole.allCases.filter { $0 <= upTo }.map(\.rawValue))]
          + AuditNote.parameters(.userDeleted, by: origin)
      ),
    ])
    guard results[1].count > 0 else { throw UserError.lastOwner }
  }

  /// Gives a user a role on a site, or none.
  package func setRole(_ role: UserRole?, of email: String, onSite key: String) async throws {
    let user = try await user(email)
    let details = JSONObject([("role", role.map { .string($0.rawValue) } ?? .null)])
    let rows = try await client.query(
      Statements.setMembership,
      [.int8(user.id), .text(key), role.map { .text($0.rawValue) } ?? .null]
        + AuditNote.parameters(.membershipChanged, by: origin, details: details))
    guard rows.count > 0 else { throw UserError.noSuchSite(key) }
  }

  // MARK: Logging in

  /// The user of an e-mail and a password. What fails takes as long whether there is such a user or not, and says the
  /// same.
  /// - Throws: `LoginError`, `PasswordDesk.Failure`, `PostgresError`.
  package func authenticate(email: String, password: String) async throws -> UserRecord {
    let address = EmailAddress(email)
    let subjects = (address.map { [.account($0)] } ?? []) + addresses
    if let wait = try await limits.take(subjects) { throw LoginError.tooMany(retryAfter: wait) }
    // What is no address is looked for too, and not found.
    let rows = try await client.query(Statements.userToLogIn, [.text(address?.text ?? "")])
    let user = rows.count > 0 ? try rows.user(0) : nil
    let hash = rows.count > 0 ? try rows.optional(0, 7, rows.text) : nil
    guard try await desk.verifies(password, hash: hash), let user, let hash, !user.isDisabled else {
      // What was typed may be a password in the wrong field: who is unknown is not named.
      try await AuditBook(client).record(.loginFailed, target: user.map { "user:\($0.id)" }, by: origin)
      throw LoginError.refused
    }
    try await limits.giveBack(subjects)
    let renewed = desk.needsRehash(hash) ? try? await desk.hash(password) : nil
    _ = try await client.query(
      Statements.noteLogIn, [.int8(user.id), .text(hash), renewed.map { .text($0) } ?? .null])
    return user
  }

  private var addresses: [LoginLimits.Subject] { origin.address.map { [.address($0)] } ?? [] }

  private func check(_ name: String?) throws(UserError) {
    guard let name else { return }
    guard (1...200).contains(name.unicodeScalars.count), !name.utf8.contains(0) else { throw .badName }
  }

  /// The hash of a password that somebody chooses, where it may be chosen.
  private func hash(_ password: String, of email: EmailAddress?) async throws -> String {
    do throws(PasswordPolicy.Refusal) {
      try policy.check(password, email: email?.text)
    } catch {
      throw UserError.badPassword(error)
    }
    guard try await !desk.isBreached(password) else { throw UserError.badPassword(.breached) }
    return try await desk.hash(password)
  }
}

extension PostgresRows {
  /// The columns of `Statements.userColumns`.
  fileprivate func user(_ row: Int) throws(PostgresError) -> UserRecord {
    UserRecord(
      id: try int(row, 0), email: try text(row, 1), name: try optional(row, 2, text), role: try userRole(row, 3),
      createdAt: try milliseconds(row, 4), loggedInAt: try optional(row, 5, milliseconds), isDisabled: try bool(row, 6))
  }
}
