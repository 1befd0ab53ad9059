package import TLSEngine

/// A PostgreSQL that is somebody else's: on a port of 127.0.0.1, entered by passwords, with TLS for those who want it. It
/// goes with the process.
package final class SecondPostgres: Sendable {
  /// The one that all tests of a process share.
  package static func shared() throws -> SecondPostgres { try sharedResult.get() }

  private static let sharedResult = Result<SecondPostgres, any Error> { try SecondPostgres() }

  package let port: UInt16
  /// What it shows, for `localhost`; signed by itself.
  package let certificate: TLSCertificateFiles
  private let folder: GuardedFolder

  /// Its superuser, and what that logs in by.
  package static let user = "owner"
  package static let password = "it's a \\secret"

  init() throws {
    folder = try GuardedFolder("skein-second")
    port = try SecondServer.freePort()
    certificate = try TestCertificate(in: folder.path, hosts: ["localhost"]).files
    let script = """
      set -e
      cd /
      as=''
      [ "$(id -u)" = 0 ] && { chown postgres "$1"; as='setpriv --reuid=postgres --regid=postgres --clear-groups --'; }
      bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
      printf '%s' "$3" > "$1/password"; chmod 644 "$1/password" "$1/server.pem"
      chmod 600 "$1/server.key"; [ -z "$as" ] || chown postgres "$1/server.key"
      $as "$bin/initdb" -D "$1/data" -U owner --pwfile="$1/password" --auth-local=trust --auth-host=scram-sha-256 \
        --encoding=UTF8 --locale=C.UTF-8 --no-sync
      $as "$bin/pg_ctl" -D "$1/data" -w -t 60 -l "$1/log" -o "-c listen_addresses=127.0.0.1,::1 -c port=$2 -c ssl=on \
        -c ssl_cert_file=$1/server.pem -c ssl_key_file=$1/server.key \
        -c unix_socket_directories=$1 -c fsync=off -c max_connections=100 -c shared_buffers=32MB" start
      """
    try SecondServer.run(script, [folder.path, "\(port)", Self.password], what: "a second PostgreSQL")
  }

  /// The connection text of a database, for tests that look at it as its owner.
  package func url(database: String = "postgres") -> String {
    "host=\(folder.path) port=\(port) user=\(Self.user) dbname=\(database)"
  }
}
