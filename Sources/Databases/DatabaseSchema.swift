import Postgres

/// The tables and views of a database that its user may read.
package struct DatabaseSchema: Sendable, Equatable {
  package struct Column: Sendable, Equatable {
    package let name: String
    /// As PostgreSQL writes it.
    package let type: String
    package let isOptional: Bool
    package let isKey: Bool
    /// `table.column` that it refers to; nil for none.
    package let reference: String?
    package let comment: String?
  }

  package struct Table: Sendable, Equatable {
    package let schema: String
    package let name: String
    package let isView: Bool
    /// As PostgreSQL estimates it; nil where it has not looked yet.
    package let rows: Int64?
    package let comment: String?
    package internal(set) var columns: [Column]

    /// As it is written in a statement.
    package var reference: String {
      let name = SQLName.quoted(name)
      return schema == "public" ? name : "\(SQLName.quoted(schema)).\(name)"
    }
  }

  package let tables: [Table]

  package init(tables: [Table]) { self.tables = tables }

  /// From what `statement` answers.
  init(_ rows: PostgresRows) throws(PostgresError) {
    var tables: [Table] = []
    for row in 0..<rows.count {
      let (schema, name) = (try rows.text(row, 0), try rows.text(row, 1))
      if tables.last.map({ $0.schema != schema || $0.name != name }) ?? true {
        let count = try rows.int(row, 3)
        tables.append(
          Table(
            schema: schema, name: name, isView: try rows.bool(row, 2), rows: count < 0 ? nil : count,
            comment: try rows.optional(row, 4, rows.text), columns: []))
      }
      tables[tables.count - 1].columns.append(
        Column(
          name: try rows.text(row, 5), type: try rows.text(row, 6), isOptional: try rows.bool(row, 7),
          isKey: try rows.bool(row, 8), reference: try rows.optional(row, 9, rows.text),
          comment: try rows.optional(row, 10, rows.text)))
    }
    self.tables = tables
  }

  /// The first columns of the tables that may be read, in their order.
  static let statement = PostgresStatement(
    """
    SELECT n.nspname::text, c.relname::text, c.relkind IN ('v', 'm'), c.reltuples::int8,
      left(pg_catalog.obj_description(c.oid, 'pg_class'), 500), a.attname::text,
      pg_catalog.format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
      EXISTS (SELECT FROM pg_catalog.pg_index i
        WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)),
      (SELECT r.relname || '.' || f.attname FROM pg_catalog.pg_constraint k
        JOIN pg_catalog.pg_class r ON r.oid = k.confrelid
        JOIN pg_catalog.pg_attribute f ON f.attrelid = k.confrelid AND f.attnum = k.confkey[1]
        WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conkey = ARRAY[a.attnum] LIMIT 1),
      left(pg_catalog.col_description(c.oid, a.attnum), 500)
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
      AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
      AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
      AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
    ORDER BY n.nspname <> 'public', n.nspname, c.relname, a.attnum LIMIT 5000
    """, prepared: false)
}

/// Names as statements write them.
package enum SQLName {
  /// In quotes where it would not mean itself without them.
  package static func quoted(_ name: String) -> String {
    let isPlain =
      name.utf8.first.map { (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "_") } ?? false
      && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
    return isPlain && !reserved.contains(name) ? name : "\"" + name.replacing("\"", with: "\"\"") + "\""
  }

  /// A text as a literal.
  package static func literal(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }

  /// PostgreSQL's documentation, appendix C: the reserved words, with those that name functions or types.
  private static let reserved = Set(
    """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
    column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
    current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
    from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
    localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
    returning right select session_user similar some symmetric table tablesample then to trailing true union unique user
    using variadic verbose when where window with between bigint bit boolean char character coalesce dec decimal exists
    extract float greatest grouping int integer interval least national nchar none normalize nullif numeric out overlay
    position precision real row setof smallint substring time timestamp treat trim values varchar xmlattributes xmlconcat
    """.split { $0 == " " || $0 == "\n" }.map(String.init))
}
