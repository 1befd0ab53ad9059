/// What the judge says of a text.
package enum SQLVerdict: Sendable, Equatable {
  case allowed(SQLStatement)
  case refused(SQLRefusal)

  /// The statement; nil where it is refused.
  package var statement: SQLStatement? { if case .allowed(let statement) = self { statement } else { nil } }

  /// Why not; nil where it is allowed.
  package var refusal: SQLRefusal? { if case .refused(let refusal) = self { refusal } else { nil } }
}

/// A statement that only reads.
package struct SQLStatement: Sendable, Equatable {
  /// What it is; only a query can stand within another.
  package enum Kind: Sendable, Equatable {
    /// `SELECT`, `VALUES`, `TABLE`, with or without `WITH`.
    case query
    case explain, show
  }

  package let kind: Kind
  /// It alone, without what stood before and behind it.
  package let text: String
  /// The tables and views that it names, as they are written, without those that it makes itself by `WITH`.
  package let tables: [String]

  package init(kind: Kind, text: String, tables: [String]) {
    self.kind = kind
    self.text = text
    self.tables = tables
  }
}

/// Why a text is not run.
package struct SQLRefusal: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// It is too long, nested too deeply, or can't be handled now.
    case tooLarge = "too_large"
    /// It is no SQL as PostgreSQL 15 reads it, or can't be read for certain.
    case syntax
    /// It is none, or more than one.
    case notOne = "not_one"
    /// It may do more than read, or read more than tables.
    case notAllowed = "not_allowed"
  }

  package let code: Code
  /// A sentence for whoever wrote it.
  package let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
