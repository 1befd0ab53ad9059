import Glibc
import Reactor

/// A PostgreSQL that is somebody else's: on a port of 127.0.0.1, entered by passwords. It goes with the process.
package final class SecondPostgres: Sendable {
  /// The one that all tests of a process share.
  package static func shared() throws -> SecondPostgres { try sharedResult.get() }

  private static let sharedResult = Result<SecondPostgres, any Error> { try SecondPostgres() }

  package let port: UInt16
  private let folder: GuardedFolder

  /// Its superuser, and what that logs in by.
  package static let user = "owner"
  package static let password = "it's a \\secret"

  init() throws {
    folder = try GuardedFolder("skein-second")
    port = try Self.freePort()
    let script = """
      set -e
      cd /
      as=''
      [ "$(id -u)" = 0 ] && { chown postgres "$1"; as='setpriv --reuid=postgres --regid=postgres --clear-groups --'; }
      bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
      printf '%s' "$3" > "$1/password"; chmod 644 "$1/password"
      $as "$bin/initdb" -D "$1/data" -U owner --pwfile="$1/password" --auth-local=trust --auth-host=scram-sha-256 \
        --encoding=UTF8 --locale=C.UTF-8 --no-sync
      $as "$bin/pg_ctl" -D "$1/data" -w -t 60 -l "$1/log" -o "-c listen_addresses=127.0.0.1 -c port=$2 \
        -c unix_socket_directories=$1 -c fsync=off -c max_connections=100 -c shared_buffers=32MB" start
      """
    try Self.run(["/bin/sh", "-c", script, "second", folder.path, "\(port)", Self.password])
  }

  /// The connection text of a database, for tests that look at it as its owner.
  package func url(database: String = "postgres") -> String {
    "host=\(folder.path) port=\(port) user=\(Self.user) dbname=\(database)"
  }

  /// A port that nobody has at this moment.
  private static func freePort() throws -> UInt16 {
    let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(file) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(file, $0, size) == 0 && getsockname(file, $0, &size) == 0
      }
    }
    guard file >= 0, isBound else { throw SystemError("bind") }
    return UInt16(bigEndian: address.sin_port)
  }

  private static func run(_ command: [String]) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for output: Int32 in [1, 2] { posix_spawn_file_actions_addopen(&actions, output, "/dev/null", O_WRONLY, 0) }
    let argv = command.map { strdup($0) } + [nil]
    defer { for text in argv { free(text) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, command[0], &actions, nil, argv, environ)
    guard code == 0 else { throw SystemError("posix_spawn", code: code) }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    guard status == 0 else { throw TestClientError.unexpected("a second PostgreSQL did not start") }
  }
}
