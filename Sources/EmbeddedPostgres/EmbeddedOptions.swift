import Glibc

/// How the private PostgreSQL runs.
package struct EmbeddedOptions: Sendable {
  /// The folder with `postgres` and `initdb`; nil searches for it.
  package var binaries: String?
  /// False trades all safety for speed: for tests that throw the data away.
  package var isDurable = true
  /// How many connections the server takes.
  package var maxConnections = 60
  /// How much of the database it keeps itself, in MiB; nil: by the machine's memory.
  package var bufferMegabytes: Int?
  /// The user that PostgreSQL runs as where the server is started by root, which PostgreSQL refuses.
  package var user = "postgres"
  /// How long to wait until it accepts connections, in milliseconds: recovery after a crash may take a while.
  package var startTimeout: UInt64 = 120_000
  /// How long to wait until it has stopped, in milliseconds.
  package var stopTimeout: UInt64 = 60_000

  package init() {}

  /// How much of the database PostgreSQL keeps itself, in MiB: a sixteenth of the machine's memory, but from 128 to 512.
  /// What is read again and again, such as sessions that all come back, is to be found there.
  /// - Parameter memory: the machine's, in bytes.
  static func buffers(memory: Int) -> Int { min(512, max(128, memory / 16 / 1_048_576)) }

  /// The machine's memory, in bytes.
  private static var memory: Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }

  /// The server's settings, given on its command line at every start.
  func settings(socketFolder: String) -> [(String, String)] {
    let quoted =
      "\"" + socketFolder.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    let safety = isDurable ? "on" : "off"
    return [
      ("listen_addresses", ""), ("unix_socket_directories", quoted), ("unix_socket_permissions", "0700"),
      ("port", "\(EmbeddedPostgres.port)"), ("max_connections", "\(maxConnections)"), ("cluster_name", "skein"),
      ("fsync", safety), ("synchronous_commit", safety), ("full_page_writes", safety),
      ("shared_buffers", "\(bufferMegabytes ?? Self.buffers(memory: Self.memory))MB"), ("work_mem", "4MB"),
      ("maintenance_work_mem", "64MB"),
      ("effective_cache_size", "512MB"), ("max_wal_size", "2GB"), ("wal_buffers", "16MB"), ("jit", "off"),
      // Rows of answers in the making come and go: within the usual minute their table would grow many times over.
      ("autovacuum_naptime", "10s"),
      ("timezone", "UTC"), ("log_timezone", "UTC"), ("log_destination", "stderr"), ("logging_collector", "off"),
      ("log_line_prefix", "%m [%p] "), ("log_checkpoints", "off"),
    ]
  }
}
