package import Accounts
package import Conversation
package import Postgres
package import Sealing

/// A user's database, as it is stored.
package struct NewDatabase: Sendable {
  package let name: String
  /// `postgresql`, `mysql`, `mariadb` or `tidb`.
  package let kind: String
  package let host: String
  package let port: Int32
  package let database: String
  package let user: String
  package let password: String
  /// By the names of libpq's `sslmode`.
  package let tls: String
  /// Whether models may be shown some rows.
  package let sharesSamples: Bool

  package init(
    name: String, kind: String, host: String, port: UInt16, database: String, user: String, password: String,
    tls: String, sharesSamples: Bool = false
  ) {
    self.name = name
    self.kind = kind
    self.host = host
    self.port = Int32(port)
    self.database = database
    self.user = user
    self.password = password
    self.tls = tls
    self.sharesSamples = sharesSamples
  }
}

/// What is needed to enter a user's database. The password is shown by no description.
package struct StoredAccess: Sendable {
  package let id: String
  package let kind: String
  package let host: String
  package let port: UInt16
  package let database: String
  package let user: String
  package let tls: String
  package let sharesSamples: Bool
  /// The digest that its owner is known by.
  package let owner: [UInt8]
  package let password: SecretText
}

/// The databases of users: made, deleted, connected to sessions, and entered. What is shown of them requests read by
/// `RequestStatement`.
package struct DatabaseBook: Sendable {
  /// Why it is not done.
  package enum Failure: Error, Equatable, Sendable {
    /// There is no secret key to seal passwords with.
    case noKey
    /// The owner has as many as may be.
    case tooMany
    /// The password can't be opened any more.
    case lost
  }

  /// How many one owner may have on a site.
  package static let most = 50

  private let client: PostgresClient
  private let sealer: Sealer?

  package init(_ client: PostgresClient, sealer: Sealer?) {
    self.client = client
    self.sealer = sealer
  }

  /// Stores one.
  /// - Parameter bearer: who its owner is besides; nil where nobody vouches for that.
  package func add(
    _ database: NewDatabase, id: String, for owner: [UInt8], _ bearer: Bearer?, on site: Int64
  ) async throws {
    guard let sealer else { throw Failure.noKey }
    let sealed = try sealer.seal(Array(database.password.utf8), of: id, in: .databases)
    let parameters: [PostgresValue] = [
      .int8(site), .bytea(owner), bearer?.name.map { .text($0) } ?? .null,
      bearer?.email.map { .text($0) } ?? .null, bearer?.user.map { .int8($0) } ?? .null,
      bearer?.subject.map { .text($0) } ?? .null, .text(id), .text(database.name), .text(database.host),
      .int4(database.port), .text(database.database), .text(database.user), .bytea(sealed), .text(database.tls),
      .int8(Int64(Self.most)), .text(database.kind), .bool(database.sharesSamples),
    ]
    // The lock is a statement of its own: who waits for it counts what the other has made.
    let results = try await client.transaction([
      (Statements.lockPerson, [.bytea(owner)]), (Statements.addDatabase, parameters),
    ])
    guard results[1].affected > 0 else { throw Failure.tooMany }
  }

  /// Deletes one of an owner's, and disconnects the sessions that use it.
  /// - Returns: these; nil where it is not there.
  package func delete(_ id: String, of owner: [UInt8], on site: Int64) async throws -> [SessionID]? {
    let rows = try await client.query(Statements.deleteDatabase, [.text(id), .int8(site), .bytea(owner)])
    guard try rows.bool(0, 0) else { return nil }
    return try rows.texts(0, 1).compactMap { $0.flatMap { SessionID($0) } }
  }

  /// Connects an owner's session to one of its databases.
  /// - Returns: false where either is not there.
  package func connect(
    _ session: SessionID, to id: String, of owner: [UInt8], on site: Int64
  ) async throws -> Bool {
    try await client.query(
      Statements.connectDatabase, [.text(session.text), .text(id), .int8(site), .bytea(owner)]
    ).affected > 0
  }

  /// - Returns: whether it was connected.
  package func disconnect(_ session: SessionID, of owner: [UInt8], on site: Int64) async throws -> Bool {
    try await client.query(
      Statements.disconnectDatabase, [.text(session.text), .int8(site), .bytea(owner)]
    ).affected > 0
  }

  /// How to enter one of an owner's databases; nil where it is not there.
  package func access(to id: String, of owner: [UInt8], on site: Int64) async throws -> StoredAccess? {
    try access(try await client.query(Statements.databaseAccess, [.text(id), .int8(site), .bytea(owner)]))
  }

  /// How to enter the database that a session is connected to; nil where that is none. Only its owner's own is: where the
  /// session has gone over to somebody else, it is not connected any more.
  package func access(of session: SessionID) async throws -> StoredAccess? {
    try access(try await client.query(Statements.sessionAccess, [.text(session.text)]))
  }

  private func access(_ rows: PostgresRows) throws -> StoredAccess? {
    guard rows.count > 0 else { return nil }
    let id = try rows.text(0, 0)
    guard let password = try? sealer.open(try rows.bytes(0, 6), of: id, in: .databases) else { throw Failure.lost }
    return StoredAccess(
      id: id, kind: try rows.text(0, 8), host: try rows.text(0, 1), port: UInt16(clamping: try rows.int(0, 2)),
      database: try rows.text(0, 3),
      user: try rows.text(0, 4), tls: try rows.text(0, 5), sharesSamples: try rows.bool(0, 9),
      owner: try rows.bytes(0, 7),
      password: SecretText(String(decoding: password, as: UTF8.self)))
  }
}
