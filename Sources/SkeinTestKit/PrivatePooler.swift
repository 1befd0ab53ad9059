import EmbeddedPostgres
import Glibc
import Reactor

/// A PgBouncer of a test's own before a `PrivatePostgres`, in transaction mode: each transaction may get another
/// connection to the database. It dies with the thread that has started it, or with this.
package final class PrivatePooler: Sendable {
  /// The database behind it.
  package let url: String
  private let pid: pid_t
  private let folder: String

  private static let program = "/usr/sbin/pgbouncer"

  /// Whether there is one on this machine.
  package static var isInstalled: Bool { access(program, X_OK) == 0 }

  /// - Parameter direct: the database's own URL, as `PrivatePostgres.database()` returns it.
  package init(_ direct: String) async throws {
    folder = try TemporaryFolder.make("skein-pooler")
    let parts = direct.split(separator: "?", maxSplits: 1)
    let database = parts[0].split(separator: "/").last.map(String.init) ?? "skein"
    let settings = parts.count > 1 ? parts[1].split(separator: "&").map(String.init) : []
    let host = settings.first { $0.hasPrefix("host=") }?.dropFirst(5) ?? ""
    let text = """
      [databases]
      * = host=\(host.replacing("%2F", with: "/")) port=5432 user=skein
      [pgbouncer]
      unix_socket_dir = \(folder)
      listen_port = 6432
      pool_mode = transaction
      auth_type = any
      default_pool_size = 6
      max_client_conn = 200
      """
    let file = folder + "/pgbouncer.ini"
    try Self.write(text, to: file)
    var command = [Self.program, "--quiet", file]
    if getuid() == 0, let account = getpwnam("postgres") {
      // It refuses to be root.
      chown(folder, account.pointee.pw_uid, account.pointee.pw_gid)
      chown(file, account.pointee.pw_uid, account.pointee.pw_gid)
      command = ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] + command
    }
    let argv = command.map { strdup($0) } + [nil]
    defer { for text in argv { free(text) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, command[0], nil, nil, argv, environ)
    guard code == 0 else { throw SystemError("posix_spawn", code: code) }
    self.pid = pid
    url = "postgresql://skein@/\(database)?host=\(folder)&port=6432"
    guard await comesTrue({ access(folder + "/.s.PGSQL.6432", F_OK) == 0 }) else {
      throw TestClientError.unexpected("PgBouncer does not listen")
    }
  }

  deinit {
    kill(pid, SIGKILL)
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    TemporaryFolder.remove(folder)
  }

  private static func write(_ text: String, to path: String) throws {
    guard let file = fopen(path, "w") else { throw SystemError("fopen", code: errno) }
    fputs(text, file)
    fclose(file)
  }
}
