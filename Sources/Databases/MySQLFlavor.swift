/// Which of the servers that speak MySQL's protocol one is, by the version that it says it has. What is told of TiDB is by
/// its documentation.
enum MySQLFlavor: String {
  case mysql = "MySQL"
  case mariadb = "MariaDB"
  case tidb = "TiDB"

  init(version: String) {
    self = version.contains("TiDB") ? .tidb : version.contains("MariaDB") ? .mariadb : .mysql
  }

  var engine: DatabaseEngine {
    switch self {
    case .mysql: .mysql
    case .mariadb: .mariadb
    case .tidb: .tidb
    }
  }

  /// Texts mean here what they meant to the judge; what takes too long, waits for locks, or looks at too much, is ended by
  /// the server.
  func settings(_ limits: QueryLimits) -> [String] {
    var settings = ["sql_mode = '\(self == .mariadb ? "" : "ONLY_FULL_GROUP_BY")'"]
    switch self {
    case .mariadb: settings.append("max_statement_time = \(Double(limits.milliseconds) / 1000)")
    case .mysql, .tidb: settings.append("max_execution_time = \(limits.milliseconds)")
    }
    settings.append("sql_select_limit = \(limits.rows + 1)")
    if self != .tidb { settings += ["lock_wait_timeout = 1", "max_join_size = \(limits.combinations)"] }
    // What ends the transaction by itself, as making a table does, is held to the same.
    let onlyReads = self == .tidb ? [] : ["SET SESSION TRANSACTION READ ONLY"]
    return ["SET NAMES utf8mb4", "SET SESSION " + settings.joined(separator: ", ")] + onlyReads
  }

  /// TiDB takes `READ ONLY` only of what was at some time, which may not be ahead of its own clock.
  var beginning: String {
    self == .tidb
      ? "START TRANSACTION READ ONLY AS OF TIMESTAMP NOW(3) - INTERVAL 1 SECOND" : "START TRANSACTION READ ONLY"
  }
}
