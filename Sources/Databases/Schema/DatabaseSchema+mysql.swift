import MySQL

extension DatabaseSchema {
  /// From what `mysqlColumns` and `mysqlReferences` answer.
  init(_ rows: MySQLRows, references: MySQLRows, engine: DatabaseEngine) {
    var targets: [String: String] = [:]
    for row in references.rows.indices {
      let key = references.text(row, 0) + "\u{0}" + references.text(row, 1)
      if targets[key] == nil { targets[key] = references.text(row, 2) }
    }
    var tables: [Table] = []
    for row in rows.rows.indices {
      let name = rows.text(row, 0)
      if tables.last?.name != name {
        tables.append(
          Table(
            schema: "", name: name, isView: rows.text(row, 1) == "1", rows: Int64(rows.text(row, 2)),
            comment: Self.comment(rows.text(row, 3)), columns: [], engine: engine))
      }
      let column = rows.text(row, 4)
      tables[tables.count - 1].columns.append(
        Column(
          name: column, type: rows.text(row, 5), isOptional: rows.text(row, 6) == "1",
          isKey: rows.text(row, 7) == "1", reference: targets[name + "\u{0}" + column],
          comment: Self.comment(rows.text(row, 8))))
    }
    self.init(tables: tables, engine: engine)
  }

  /// None is an empty one to MySQL, and a view's is what it is.
  private static func comment(_ text: String) -> String? { text.isEmpty || text == "VIEW" ? nil : text }

  /// The first columns of the tables of the connection's database that may be read, in their order.
  static let mysqlColumns = """
    SELECT c.TABLE_NAME, t.TABLE_TYPE LIKE '%VIEW', t.TABLE_ROWS, LEFT(t.TABLE_COMMENT, 500), c.COLUMN_NAME,
      LEFT(c.COLUMN_TYPE, 500), c.IS_NULLABLE = 'YES', c.COLUMN_KEY = 'PRI', LEFT(c.COLUMN_COMMENT, 500)
    FROM information_schema.COLUMNS c
      JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
    WHERE c.TABLE_SCHEMA = DATABASE() AND t.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE <> 'SEQUENCE'
    ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION LIMIT 5000
    """

  static let mysqlReferences = """
    SELECT TABLE_NAME, COLUMN_NAME, CONCAT(REFERENCED_TABLE_NAME, '.', REFERENCED_COLUMN_NAME)
    FROM information_schema.KEY_COLUMN_USAGE
    WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL LIMIT 5000
    """
}
