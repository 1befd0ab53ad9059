/// The tables and views of a database that its user may read.
package struct DatabaseSchema: Sendable, Equatable {
  package struct Column: Sendable, Equatable {
    package let name: String
    /// As its engine writes it.
    package let type: String
    package let isOptional: Bool
    package let isKey: Bool
    /// `table.column` that it refers to; nil for none.
    package let reference: String?
    package let comment: String?
  }

  package struct Table: Sendable, Equatable {
    /// Empty where the engine knows none within a database.
    package let schema: String
    package let name: String
    package let isView: Bool
    /// As its engine estimates it; nil where it has not looked yet.
    package let rows: Int64?
    package let comment: String?
    package internal(set) var columns: [Column]
    package internal(set) var engine = DatabaseEngine.postgresql
    /// Some of its rows, where the database's owner wants them told; the values as text, cut.
    package internal(set) var samples: [[String?]] = []

    /// As it is written in a statement.
    package var reference: String {
      let name = SQLName.quoted(name, for: engine)
      return schema == "public" || schema.isEmpty ? name : "\(SQLName.quoted(schema, for: engine)).\(name)"
    }
  }

  package let engine: DatabaseEngine
  package let tables: [Table]

  package init(tables: [Table], engine: DatabaseEngine = .postgresql) {
    self.tables = tables
    self.engine = engine
  }
}
