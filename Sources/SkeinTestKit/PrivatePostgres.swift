package import EmbeddedPostgres
import Glibc
package import Log
import Postgres
import Reactor
import Synchronization

/// A PostgreSQL of the test process's own in a temporary folder, started at the first use and gone with the process,
/// however that ends: a shell waits at the other end of a pipe, and the end of the process is the end of the pipe.
package final class PrivatePostgres: Sendable {
  /// The server that all tests of a process share; not durable, for speed.
  package static func shared() throws -> PrivatePostgres { try sharedResult.get() }

  private static let sharedResult: Result<PrivatePostgres, any Error> = Result { try PrivatePostgres() }

  /// The server, for tests that stop or kill it; they make a `PrivatePostgres` of their own.
  package let server: EmbeddedPostgres
  /// The data folder.
  package let folder: String
  private let loop: EventLoop
  private let guardian: Int32
  private static let counter = Atomic(0)

  /// Starts another server beside the shared one.
  /// - Parameter isDurable: true for tests that kill it and look for what was committed.
  package init(isDurable: Bool = false, log: Logger = Logger("postgres", level: .error)) throws {
    folder = try TemporaryFolder.make("skein-postgres")
    guardian = try Self.startGuardian(folder)
    var options = EmbeddedOptions()
    options.isDurable = isDurable
    options.maxConnections = 200
    server = try EmbeddedPostgres.start(data: folder, options: options, log: log)
    loop = try EventLoop()
    loop.start()
  }

  deinit {
    loop.stop()
    loop.join()
    // The guardian ends the server and removes the folder.
    close(guardian)
  }

  /// The URL of the server's first database.
  package var url: String { server.url }

  /// Makes an empty database and returns its URL.
  package func database() async throws -> String {
    let name = "test_\(Self.counter.add(1, ordering: .relaxed).newValue)"
    let client = PostgresClient(
      loop: loop, configuration: try PostgresConfiguration(url: server.url), log: Logger("postgres", level: .error))
    do {
      try await client.session { try await $0.script("CREATE DATABASE \(name)") }
    } catch {
      await client.close()
      throw error
    }
    await client.close()
    return server.url(database: name)
  }

  /// - Returns: the pipe's writing end, which only this process holds.
  private static func startGuardian(_ folder: String) throws(SystemError) -> Int32 {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw SystemError("pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    // 0x80 is POSIX_SPAWN_SETSID: a Ctrl-C meant for the tests must not end the guardian.
    posix_spawnattr_setflags(&attributes, Int16(0x80 | Int32(POSIX_SPAWN_SETSIGMASK)))
    let script = """
      cat
      while [ -f "$1/postgres/postmaster.pid" ]; do
        pid=$(head -n 1 "$1/postgres/postmaster.pid")
        [ "$(readlink "/proc/$pid/cwd")" = "$1/postgres" ] || break
        kill -CONT "$pid"; kill -QUIT "$pid"; sleep 0.05
      done
      rm -rf -- "$1"
      """
    let arguments: [String] = ["/bin/sh", "-c", script, "guardian", folder]
    let argv = arguments.map { strdup($0) } + [nil]
    defer { for text in argv { free(text) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, "/bin/sh", &actions, &attributes, argv, environ)
    close(ends[0])
    guard code == 0 else {
      close(ends[1])
      throw SystemError("posix_spawn", code: code)
    }
    return ends[1]
  }
}
