import CPostgres
import EmbeddedPostgres
import Glibc
import LoadKit
import Log

/// The database of the server that a load is aimed at: for what is put there beforehand, and looked up afterwards.
final class Database {
  let url: String
  private let connection: OpaquePointer
  /// The embedded one, which goes on as long as somebody uses it.
  private let embedded: EmbeddedPostgres?

  static let parameters = [
    Parameter("database-url", "URL", "", "the server's database"),
    Parameter("data", "FOLDER", ".skein", "where its embedded PostgreSQL keeps its data, where no URL is given"),
  ]

  convenience init(_ arguments: Arguments) throws(LoadError) {
    let url = arguments.text("database-url")
    if url.isEmpty { try self.init(embeddedIn: arguments.text("data")) } else { try self.init(url: url) }
  }

  /// The database of a server with an embedded PostgreSQL.
  convenience init(embeddedIn folder: String) throws(LoadError) {
    let embedded: EmbeddedPostgres
    do { embedded = try .start(data: folder, log: Logger("postgres", level: .error)) } catch {
      throw LoadError("the embedded PostgreSQL in \(folder) can't be used: \(error)")
    }
    try self.init(url: embedded.url, embedded)
  }

  init(url: String, _ embedded: EmbeddedPostgres? = nil) throws(LoadError) {
    guard let connection = PQconnectdb(url) else { throw LoadError("no memory for a connection to the database") }
    self.url = url
    self.connection = connection
    self.embedded = embedded
    guard PQstatus(connection) == CONNECTION_OK else {
      throw LoadError("the database can't be reached: \(String(cString: PQerrorMessage(connection)))")
    }
  }

  deinit {
    PQfinish(connection)
    try? embedded?.stop()
  }

  /// Executes one statement.
  /// - Returns: its rows as text; nil for null.
  @discardableResult
  func query(_ sql: String, _ parameters: [String] = []) throws(LoadError) -> [[String?]] {
    var values = parameters.map { strdup($0).map { UnsafePointer($0) } }
    defer { for value in values { free(UnsafeMutableRawPointer(mutating: value)) } }
    let result = PQexecParams(connection, sql, Int32(values.count), nil, &values, nil, nil, 0)
    defer { PQclear(result) }
    guard [PGRES_TUPLES_OK, PGRES_COMMAND_OK].contains(PQresultStatus(result)) else {
      throw LoadError("the database answers: \(String(cString: PQresultErrorMessage(result)))")
    }
    return (0..<PQntuples(result)).map { row in
      (0..<PQnfields(result)).map { column in
        PQgetisnull(result, row, column) == 1 ? nil : PQgetvalue(result, row, column).map { String(cString: $0) }
      }
    }
  }

  /// How many messages are stored.
  func messages() throws(LoadError) -> Int {
    try query("SELECT count(*) FROM messages").first?.first.flatMap { $0.flatMap { Int($0) } } ?? 0
  }

  /// Cleans up behind what was put there, and writes it out: as it is with a database that had the time.
  func settle() throws(LoadError) {
    for table in ["visitors", "sessions", "messages", "search_entries", "activity"] {
      try query("VACUUM (ANALYZE) \(table)")
    }
    // Not everybody may: then the next one does it.
    _ = try? query("CHECKPOINT")
  }
}
