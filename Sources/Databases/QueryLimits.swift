/// What one statement on a user's database may take.
package struct QueryLimits: Sendable {
  /// How long it may run, in milliseconds.
  package var milliseconds: UInt64 = 10_000
  /// How many rows are given back.
  package var rows = 200
  /// How many bytes of values, the first row apart.
  package var bytes = 256 * 1024
  /// How many characters of one value.
  package var cellCharacters = 1000
  /// How many bytes of a result are kept with the answer.
  package var storedBytes = 32 * 1024
  /// How many columns.
  package var columns = 100
  /// What PostgreSQL's planner may expect it to cost; in its own unit, of which a page read in order is one.
  package var cost = 10_000_000.0
  /// How many combinations of rows MySQL and MariaDB may expect to look at (`max_join_size`).
  package var combinations = 1_000_000_000

  package init() {}
}
