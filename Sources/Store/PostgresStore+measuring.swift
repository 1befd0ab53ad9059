import Postgres

/// What the journal's transactions consist of, for whoever measures what PostgreSQL does with it alone.
extension PostgresStore {
  /// The settings of the planner that hold for a transaction of the journal.
  package static let plannerSettings: [(name: String, value: String)] = [
    ("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off"), ("enable_bitmapscan", "off"),
    ("plan_cache_mode", "force_generic_plan"),
  ]

  /// The statement that stores people's messages, an array for each column, then the node and the lease in milliseconds.
  package static var acceptStatement: String { Statements.accept.sql }
}
