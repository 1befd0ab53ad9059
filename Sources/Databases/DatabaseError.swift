package import Redaction

/// Why a database of a user's was not asked, or did not answer. Never with a password in it.
package struct DatabaseError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// A field can't be what it is.
    case badField = "bad_field"
    /// The host may not be reached from here.
    case forbidden
    /// It can't be reached, or does not let this user in.
    case unreachable
    /// Too many connections are open.
    case busy
    /// The statement is not allowed, or no SQL.
    case refused
    /// The database refused the statement.
    case failed
    /// It took too long, or would.
    case timeout
  }

  package let code: Code
  /// One sentence for the person who asked.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }

  /// The same without what a database may have said of secrets.
  package func cleaned(by redaction: Redaction) -> DatabaseError { DatabaseError(code, redaction.clean(message)) }
}
