import EmbeddedPostgres
import Glibc
import Log
import Postgres
package import Reactor

/// Databases that are paused, read-only, or full without a disk of their own: the kernel refuses PostgreSQL's
/// processes what goes beyond a size of each file. A write that only just goes beyond is cut short, which PostgreSQL
/// takes for a full disk (SQLSTATE 53100); one wholly beyond fails with EFBIG, of which it dies where it is its journal.
extension PrivatePostgres {
  /// Limits the size of the files that PostgreSQL writes, from now on, in bytes; nil lifts the limit.
  package func limitFiles(to bytes: UInt64?) throws(SystemError) {
    guard let postmaster = server.processID else { return }
    // The postmaster first: whom it starts inherits the limit.
    for process in [postmaster] + Self.children(of: postmaster) {
      let limit = ["/usr/bin/prlimit", "--pid=\(process)", "--fsize=\(bytes.map(String.init) ?? "unlimited"):"]
      // Without CAP_SYS_RESOURCE only its own user may limit a process.
      let user = ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
      let isLimited = try Self.run(geteuid() == 0 ? user + limit : limit)
      // One may have ended meanwhile.
      guard isLimited || kill(process, 0) != 0 else { throw SystemError("prlimit", code: EPERM) }
    }
  }

  /// Stops all its processes where they stand, or lets them go on.
  package func pause(_ isPaused: Bool) {
    guard let postmaster = server.processID else { return }
    // The postmaster first, so that none is missed.
    for process in [postmaster] + Self.children(of: postmaster) { kill(process, isPaused ? SIGSTOP : SIGCONT) }
  }

  /// - Returns: whether the program ended well.
  private static func run(_ words: [String]) throws(SystemError) -> Bool {
    let arguments = words.map { strdup($0) } + [nil]
    defer { for text in arguments { free(text) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, words[0], nil, nil, arguments, environ)
    guard code == 0 else { throw SystemError(words[0], code: code) }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status == 0
  }

  private static func children(of parent: pid_t) -> [pid_t] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var found: [pid_t] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard let process = pid_t(name), let file = fopen("/proc/\(process)/stat", "r") else { continue }
      defer { fclose(file) }
      var buffer = [CChar](repeating: 0, count: 1024)
      guard fgets(&buffer, 1024, file) != nil else { continue }
      // The name, in parentheses, may hold anything.
      let line = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      let fields = line.split(separator: ")").last?.split(separator: " ") ?? []
      if fields.count > 1, fields[1] == "\(parent)" { found.append(process) }
    }
    return found
  }

  /// Makes every transaction read-only that does not ask for something else, as after a fail-over, or no longer.
  package func setReadOnly(_ isReadOnly: Bool) async throws {
    let value = isReadOnly ? "= on" : "TO DEFAULT"
    try await script("ALTER SYSTEM SET default_transaction_read_only \(value)", "SELECT pg_reload_conf()")
  }

  /// Runs statements one after the other, as the database's superuser.
  package func script(_ statements: String..., database: String? = nil) async throws {
    let client = PostgresClient(
      loop: try TestLoop.shared(), configuration: try PostgresConfiguration(url: database ?? url),
      log: Logger("postgres", level: .error))
    do {
      try await client.session { session in
        for statement in statements { try await session.script(statement) }
      }
    } catch {
      await client.close()
      throw error
    }
    await client.close()
  }
}
