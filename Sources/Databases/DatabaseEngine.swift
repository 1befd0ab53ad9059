/// What a user's database is.
package enum DatabaseEngine: String, Sendable, CaseIterable {
  case postgresql, mysql, mariadb, tidb

  /// By its name, in whatever letters, or by the short one of PostgreSQL.
  package init?(named name: String) {
    let name = name.lowercased()
    self.init(rawValue: name == "postgres" ? "postgresql" : name)
  }

  /// As it calls itself.
  package var title: String {
    switch self {
    case .postgresql: "PostgreSQL"
    case .mysql: "MySQL"
    case .mariadb: "MariaDB"
    case .tidb: "TiDB"
    }
  }

  /// Where it is where nobody says so.
  package var port: Int64 {
    switch self {
    case .postgresql: 5432
    case .mysql, .mariadb: 3306
    case .tidb: 4000
    }
  }

  /// Whether it speaks MySQL's protocol and dialect.
  package var isMySQL: Bool { self != .postgresql }
}
