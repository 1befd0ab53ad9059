import CPostgres

/// Where the database is, and the limits of a client. Times are in milliseconds.
package struct PostgresConfiguration: Sendable {
  /// A `postgres://` URI or `keyword=value` pairs, as libpq takes them.
  package let url: String
  /// How many connections at most share the queries; sessions and listeners have their own beside them.
  package var poolSize = 4
  /// How many requests at most are on their way on one connection.
  package var pipelineDepth = 32
  /// How many requests at most wait for a connection; more are refused as `tooBusy`.
  package var queueLimit = 10_000
  /// How long connecting may take. Resolving a host name is not counted: libpq does it while the loop waits, so give an
  /// address or a socket folder where the resolver is slow.
  package var connectTimeout: UInt64 = 5_000
  /// How long a request may take, waiting included. The server is told a little less, so that it ends a slow statement
  /// itself; a server that does not answer at all loses the connection.
  package var queryTimeout: UInt64 = 10_000
  /// After how long an unused connection is closed; one is kept.
  package var idleTimeout: UInt64 = 600_000
  /// The first and the longest wait between attempts to connect.
  package var backoff: ClosedRange<UInt64> = 100...5_000
  /// How often a listener makes sure that its connection still answers.
  package var heartbeat: UInt64 = 10_000
  /// What the server's list of connections shows, where the URL names nothing else.
  package var applicationName = "skein"

  /// Where the URL points, for messages: user, host, port and database without the password.
  package let target: String

  /// - Throws: `.configuration` where libpq can't read the URL.
  package init(url: String) throws(PostgresError) {
    self.url = url
    var complaint: UnsafeMutablePointer<CChar>?
    guard let options = PQconninfoParse(url, &complaint) else {
      let text = complaint.map { String(cString: $0).trimmed } ?? "out of memory"
      PQfreemem(complaint)
      throw PostgresError(.configuration, "the database URL can't be read: \(Self.withoutQuotes(text))")
    }
    defer { PQconninfoFree(options) }
    var parts: [String: String] = [:]
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val { parts[String(cString: keyword)] = String(cString: value) }
      option += 1
    }
    let host = parts["hostaddr"] ?? parts["host"] ?? "the local socket"
    target =
      (parts["user"].map { $0 + "@" } ?? "") + host + (parts["port"].map { ":" + $0 } ?? "")
      + (parts["dbname"].map { "/" + $0 } ?? "")
  }

  /// What libpq quotes may be a part of the password.
  private static func withoutQuotes(_ text: String) -> String {
    guard let first = text.firstIndex(of: "\""), let last = text.lastIndex(of: "\"") else { return text }
    return text[..<first] + "..." + text[text.index(after: last)...]
  }

  /// Begins to connect; nil only where memory is out. Never blocks, except to resolve a host name.
  func begin() -> OpaquePointer? {
    // What comes before `dbname` gives way to the URL, what comes after it overrides the URL.
    let options = [
      ("fallback_application_name", applicationName), ("keepalives_idle", "30"), ("keepalives_interval", "10"),
      ("keepalives_count", "3"), ("dbname", url), ("client_encoding", "UTF8"),
    ]
    var keywords: [UnsafePointer<CChar>?] = []
    var values: [UnsafePointer<CChar>?] = []
    func connect(_ index: Int) -> OpaquePointer? {
      guard index < options.count else {
        return PQconnectStartParams(keywords + [nil], values + [nil], 1)
      }
      return options[index].0.withCString { keyword in
        options[index].1.withCString { value in
          keywords.append(keyword)
          values.append(value)
          return connect(index + 1)
        }
      }
    }
    return connect(0)
  }
}
