import Databases
import ProxyWire
import Server

/// Databases of users.
extension Settings {
  static var databases: [Option<Settings>] {
    [
      Option(
        flag: "user-databases", value: "WHO",
        help: "Who may store databases to be asked: off, users or visitors (users)"
      ) { settings, text in
        guard let users = UserDatabases(rawValue: text) else { return false }
        settings.server.userDatabases = users
        return true
      },
      Option(
        flag: "database-networks", value: "RANGES",
        help: "Addresses that are not public and may be reached as users' databases (none; own for oneself)"
      ) { settings, text in
        settings.server.databaseNetworks = text == "none" ? [] : AddressRange.list(text)
        return settings.server.databaseNetworks != nil
      },
      .text(
        "database-authorities", "FILE", "Certificates that verify-full believes (/etc/ssl/certs/ca-certificates.crt)",
        \.server.databases.authorities),
      .number(
        "database-sessions", "Sessions that may use databases at once, on one server (100)", \.server.databases.all,
        1...10_000),
      .number(
        "database-sessions-per-user", "The same for one user (5)", \.server.databases.perOwner, 1...1000),
      .number(
        "database-idle-seconds", "Unused for so long, a connection to a database is closed (300)",
        \.databaseIdleSeconds, 1...86_400),
      .number(
        "database-resolver-threads", "How many databases' host names are looked up at once (4)",
        \.server.databases.resolverThreads, 1...64),
      .number("query-seconds", "How long a statement may run, in seconds (10)", \.querySeconds, 1...600),
      .number(
        "query-rows", "Rows that a statement gives back at most (200)", \.server.databases.query.rows, 1...10_000),
      .number(
        "query-bytes", "Bytes of values that a statement gives back at most (262144)",
        \.server.databases.query.bytes, 1024...16_777_216),
      .number(
        "query-columns", "Columns that a statement gives back at most (100)", \.server.databases.query.columns,
        1...1600),
      .number(
        "query-cell-characters", "Characters of a value that are given back (1000)",
        \.server.databases.query.cellCharacters, 10...1_000_000),
      .number(
        "query-stored-bytes", "Bytes of a result that are kept with the answer (32768)",
        \.server.databases.query.storedBytes, 1024...1_048_576),
      .number(
        "query-cost", "What PostgreSQL may expect a statement to cost, in its own unit (10000000)", \.queryCost,
        1...1_000_000_000_000),
      .number(
        "query-combinations", "Rows that MySQL may expect to look at for a statement, each with each (1000000000)",
        \.server.databases.query.combinations, 1...1_000_000_000_000),
    ]
  }

  /// Times are told in whole seconds.
  var databaseIdleSeconds: UInt64 {
    get { server.databases.idle / 1000 }
    set { server.databases.idle = newValue * 1000 }
  }

  var querySeconds: UInt64 {
    get { server.databases.query.milliseconds / 1000 }
    set { server.databases.query.milliseconds = newValue * 1000 }
  }

  var queryCost: Int {
    get { Int(server.databases.query.cost) }
    set { server.databases.query.cost = Double(newValue) }
  }
}
