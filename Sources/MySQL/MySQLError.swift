/// Why a MySQL server did not do what was asked. Never with a password in it.
package struct MySQLError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Kind: Sendable {
    /// It can't be reached, does not let in, or the connection was lost.
    case connection
    /// No answer in time, by our clock.
    case timeout
    /// The server has refused the statement; `code` says why.
    case server
  }

  package let kind: Kind
  /// The server's number for it, or the client library's (from 2000 on); 0 for none.
  package let code: UInt32
  /// One sentence for a person.
  package let message: String

  init(_ kind: Kind, _ message: String, code: UInt32 = 0) {
    self.kind = kind
    self.code = code
    self.message = message
  }

  /// Whether the server has ended the statement itself: it took too long (3024 of MySQL and TiDB, 1969 of MariaDB), or
  /// somebody has asked for that (1317).
  package var isInterruption: Bool { [1317, 1969, 3024].contains(code) }

  package var description: String { message }
}
