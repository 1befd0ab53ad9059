/// Why the private PostgreSQL does not run: one sentence for the person who started the server.
package struct EmbeddedPostgresError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: Sendable {
    /// The data folder can't be made, written or reached.
    case folder
    /// PostgreSQL's programs, or the user they run as, are missing.
    case missing
    /// `initdb` failed.
    case initialisation
    /// `postgres` did not start, or did not stop.
    case server
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
