/// The servers' own databases: what tells of a database's shape may be read, the others tell of users, passwords, files,
/// and what others ask at this moment.
package enum MySQLRelations {
  /// - Parameters:
  ///   - schema: what stands before a dot.
  ///   - name: what stands behind it; nil where nothing does.
  static func check(schema: MySQLToken, name: MySQLToken?) throws(SQLRefusal) {
    let (schema, name) = (folded(schema.key), name.map { folded($0.key) })
    guard isSystems(schema) else { return }
    if schema == "information_schema", name.map(information.contains) ?? true { return }
    throw SQLRefusal(.notAllowed, "The table \(schema).\(name ?? "*") is not allowed.")
  }

  /// Whether a database is a server's own.
  package static func isSystems(_ name: String) -> Bool { systems.contains(folded(name)) }

  /// In small letters, whatever has those: there is more than one `s`.
  private static func folded(_ name: String) -> String { name.uppercased().lowercased() }

  private static let systems: Set<String> = [
    "mysql", "information_schema", "performance_schema", "metrics_schema", "sys", "ndbinfo",
    "mysql_innodb_cluster_metadata",
    "lightning_task_info",
  ]

  private static let information: Set<String> = [
    "check_constraints", "columns", "key_column_usage", "partitions", "referential_constraints", "schemata",
    "statistics",
    "table_constraints", "tables", "views",
  ]
}
