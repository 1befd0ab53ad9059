/// The tables of PostgreSQL itself that a statement may read: those that tell of a database's shape. The others tell of
/// users, passwords of foreign servers, files, and what others ask at this moment.
enum RelationRules {
  static func check(schema: String?, name: String) throws(SQLRefusal) {
    switch schema {
    case "pg_catalog": guard catalog.contains(name) else { throw refusal(name) }
    case "information_schema": guard information.contains(name) else { throw refusal("information_schema.\(name)") }
    case nil:
      // PostgreSQL looks there first.
      guard !name.hasPrefix("pg_") || catalog.contains(name) else { throw refusal(name) }
    case let schema?:
      guard !schema.hasPrefix("pg_") else { throw refusal("\(schema).\(name)") }
    }
  }

  private static func refusal(_ name: String) -> SQLRefusal {
    SQLRefusal(.notAllowed, "The table \(name) is not allowed.")
  }

  private static let catalog: Set<String> = [
    "pg_attribute", "pg_class", "pg_constraint", "pg_description", "pg_enum", "pg_index", "pg_indexes", "pg_inherits",
    "pg_matviews", "pg_namespace", "pg_tables", "pg_type", "pg_views",
  ]

  private static let information: Set<String> = [
    "check_constraints", "columns", "constraint_column_usage", "constraint_table_usage", "key_column_usage",
    "referential_constraints", "schemata", "table_constraints", "tables", "views",
  ]

  /// What `SHOW` may show.
  static let settings: Set<String> = [
    "client_encoding", "datestyle", "default_transaction_read_only", "integer_datetimes", "intervalstyle", "lc_collate",
    "lc_ctype", "lc_messages", "lc_monetary", "lc_numeric", "lc_time", "max_identifier_length", "search_path",
    "server_encoding", "server_version", "server_version_num", "standard_conforming_strings", "statement_timeout",
    "timezone", "transaction_isolation", "transaction_read_only",
  ]
}
