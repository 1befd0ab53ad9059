package import TLSEngine

/// A MariaDB that is somebody else's: on a port of 127.0.0.1, entered by passwords, with TLS for those who want it. It goes
/// with the process.
package final class SecondMariaDB: Sendable {
  /// The one that all tests of a process share.
  package static func shared() throws -> SecondMariaDB { try sharedResult.get() }

  private static let sharedResult = Result<SecondMariaDB, any Error> { try SecondMariaDB() }

  package let port: UInt16
  /// What it shows, for `localhost`; signed by itself.
  package let certificate: TLSCertificateFiles
  private let folder: GuardedFolder

  /// Who may do everything, and what that logs in by.
  package static let user = "owner"
  package static let password = "it's a \\secret"

  /// A file that the server could read, and that nobody may see.
  package let secretFile: String

  init() throws {
    folder = try GuardedFolder("skein-mariadb")
    port = try SecondServer.freePort()
    secretFile = folder.path + "/secret.txt"
    certificate = try TestCertificate(in: folder.path, hosts: ["localhost"]).files
    let script = #"""
      set -e
      mkdir "$1/data"
      printf 'the content of the secret file' > "$1/secret.txt"; chmod 644 "$1/secret.txt" "$1"/*.pem "$1"/*.key
      set -- "$1" "$2" "$3" "$(id -un)"
      options="--no-defaults --user=$4 --datadir=$1/data --innodb-buffer-pool-size=16M --innodb-log-file-size=4M
        --innodb-data-file-path=ibdata1:4M:autoextend --innodb-temp-data-file-path=ibtmp1:2M:autoextend --log-warnings=0"
      share=/usr/share/mysql
      {
        echo 'CREATE DATABASE mysql;'; echo 'USE mysql;'
        cat $share/mysql_system_tables.sql $share/mysql_system_tables_data.sql $share/mysql_performance_tables.sql
        echo 'FLUSH PRIVILEGES;'
        printf "CREATE USER owner@'%%' IDENTIFIED BY '%s';\n" "$3"
        echo "GRANT ALL ON *.* TO owner@'%' WITH GRANT OPTION;"
      } > "$1/first.sql"
      /usr/sbin/mariadbd $options --bootstrap < "$1/first.sql"
      setsid /usr/sbin/mariadbd $options --socket="$1/socket" --pid-file="$1/data/mariadbd.pid" --port="$2" \
        --bind-address=127.0.0.1,::1 --skip-name-resolve --innodb-flush-log-at-trx-commit=0 --max-connections=200 \
        --ssl-cert="$1/server.pem" --ssl-key="$1/server.key" --local-infile=1 --secure-file-priv= \
        --character-set-server=utf8mb4 --performance-schema=off < /dev/null > "$1/log" 2>&1 &
      for round in $(seq 600); do
        [ -f "$1/data/mariadbd.pid" ] && grep -q 'ready for connections' "$1/log" && exit 0
        sleep 0.1
      done
      exit 1
      """#
    let password = Self.password.replacing("\\", with: "\\\\").replacing("'", with: "''")
    try SecondServer.run(script, [folder.path, "\(port)", password], what: "a MariaDB")
  }
}
