import Postgres

extension DatabaseSchema {
  /// From what `postgres` answers.
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
    self.init(tables: tables)
  }

  /// The first columns of the tables that may be read, in their order.
  static let postgres = PostgresStatement(
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
