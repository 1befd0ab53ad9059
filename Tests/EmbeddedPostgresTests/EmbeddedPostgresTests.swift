@testable import EmbeddedPostgres
import Glibc
import Log
import Postgres
import Reactor
import SkeinTestKit
import Testing

/// A folder for one test, made as users make theirs, and removed behind it.
private final class DataFolder: Sendable {
  private let guarded: GuardedFolder

  init() throws { guarded = try GuardedFolder("skein-embedded") }

  var path: String { guarded.path }

  func start(_ change: (inout EmbeddedOptions) -> Void = { _ in }) throws -> EmbeddedPostgres {
    var options = EmbeddedOptions()
    options.startTimeout = 60_000
    change(&options)
    return try EmbeddedPostgres.start(
      data: path + "/data", options: options, log: Logger("embedded", level: .error))
  }
}

/// Runs one statement on a connection of its own and returns its first value.
private func value(_ server: EmbeddedPostgres, _ sql: String) async throws -> String? {
  let loop = try EventLoop()
  loop.start()
  defer { loop.stop() }
  let client = PostgresClient(
    loop: loop, configuration: try PostgresConfiguration(url: server.url), log: Logger("test", level: .error))
  do {
    let rows = try await client.query(PostgresStatement(sql))
    await client.close()
    return rows.isEmpty || rows.columns == 0 ? nil : try rows.text(0, 0)
  } catch {
    await client.close()
    throw error
  }
}

private func message(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return (error as? EmbeddedPostgresError)?.message
  }
}

/// Kills PostgreSQL and waits until the kernel has ended it.
private func end(_ server: EmbeddedPostgres) async {
  guard let process = server.processID else { return }
  kill(process, SIGKILL)
  while server.processID == process { try? await Task.sleep(nanoseconds: 5_000_000) }
}

private func isAlive(_ process: pid_t) -> Bool { kill(process, 0) == 0 }

// Each starts servers of its own, so one at a time is enough for the machine.
@Suite(.serialized) struct EmbeddedPostgresTests {
  @Test(arguments: [(1, 128), (2, 128), (4, 256), (6, 384), (8, 512), (64, 512)])
  func buffersAreAPartOfTheMemory(gibibytes: Int, mebibytes: Int) {
    #expect(EmbeddedOptions.buffers(memory: gibibytes << 30) == mebibytes)
  }

  @Test func howMuchItKeepsInMemoryIsASetting() async throws {
    let folder = try DataFolder()
    let server = try folder.start { $0.bufferMegabytes = 48 }
    #expect(try await value(server, "SHOW shared_buffers") == "48MB")
    try server.stop()
  }

  @Test func whatWasWrittenIsThereAfterAStopAndAStart() async throws {
    let folder = try DataFolder()
    var server = try folder.start()
    let process = try #require(server.processID)
    #expect(try await value(server, "SELECT current_database()::text") == "skein")
    #expect(try await value(server, "SELECT pg_encoding_to_char(encoding)::text FROM pg_database LIMIT 1") == "UTF8")
    for (setting, expected) in [
      ("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on"), ("listen_addresses", ""),
      ("max_connections", "60"),
    ] {
      #expect(try await value(server, "SELECT current_setting('\(setting)')") == expected)
    }
    _ = try await value(server, "CREATE TABLE t AS SELECT 'kept'::text AS v")
    try server.stop()
    try server.stop()
    #expect(server.processID == nil)
    #expect(!isAlive(process))
    server = try folder.start()
    #expect(try await value(server, "SELECT v FROM t") == "kept")
    try server.stop()
  }

  @Test func aServerThatWasKilledIsRecovered() async throws {
    let folder = try DataFolder()
    let first = try folder.start()
    _ = try await value(first, "CREATE TABLE t AS SELECT 'kept'::text AS v")
    let process = try #require(first.processID)
    await end(first)
    let second = try folder.start()
    #expect(second.processID != process)
    #expect(try await value(second, "SELECT v FROM t") == "kept")

    await end(second)
    #expect(try second.revive())
    #expect(try !second.revive())
    #expect(try await value(second, "SELECT v FROM t") == "kept")
    try first.stop()
    try second.stop()
    #expect(second.processID == nil)
  }

  @Test func aSupervisedServerComesBackByItself() async throws {
    let folder = try DataFolder()
    let server = try folder.start()
    server.supervise()
    let process = try #require(server.processID)
    await end(server)
    while server.processID == nil { try await Task.sleep(nanoseconds: 10_000_000) }
    #expect(server.processID != process)
    // It may be recovering still: `revive` waits for it.
    #expect(try !server.revive())
    #expect(try await value(server, "SELECT 'up'") == "up")
    try server.stop()
    #expect(server.processID == nil)
  }

  @Test func anotherProcessWithTheNumberOfADeadServerIsNotTakenForIt() async throws {
    let folder = try DataFolder()
    let first = try folder.start()
    try first.stop()
    // Ourselves: alive, and nothing of PostgreSQL's.
    let file = fopen("\(folder.path)/data/postgres/postmaster.pid", "w")
    fputs("\(getpid())\n\(folder.path)/data/postgres\n0\n5432\n\(folder.path)/data/run\n\n0 0\nready\n", file)
    fclose(file)
    let second = try folder.start()
    #expect(try await value(second, "SELECT 'up'") == "up")
    try second.stop()
  }

  @Test func severalServersShareOneFolder() async throws {
    let folder = try DataFolder()
    let servers = try await withThrowingTaskGroup(of: EmbeddedPostgres.self) { group in
      for _ in 0..<3 { group.addTask { try folder.start() } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(servers.map(\.url)).count == 1)
    let process = try #require(servers[0].processID)
    try servers[1].stop()
    try servers[0].stop()
    #expect(servers[2].processID == process)
    #expect(try await value(servers[2], "SELECT 'up'") == "up")
    try servers[2].stop()
    #expect(servers[2].processID == nil)
    #expect(!isAlive(process))
  }

  @Test func postgresOutlivesAServerThatIsNotStopped() async throws {
    let folder = try DataFolder()
    let process: pid_t?
    do {
      // As after SIGKILL: the lock goes with its process, nothing is stopped.
      let options = EmbeddedOptions()
      let lost = try EmbeddedPostgres.start(
        data: folder.path + "/data", options: options, log: Logger("embedded", level: .error))
      process = lost.processID
    }
    let next = try folder.start()
    #expect(next.processID == process)
    #expect(try await value(next, "SELECT 'up'") == "up")
    try next.stop()
    #expect(next.processID == nil)
  }

  @Test func aHalfMadeClusterIsMadeAgain() async throws {
    let folder = try DataFolder()
    mkdir(folder.path + "/data", 0o755)
    mkdir(folder.path + "/data/postgres.new", 0o700)
    fclose(fopen(folder.path + "/data/postgres.new/PG_VERSION", "w"))
    let server = try folder.start()
    #expect(try await value(server, "SELECT 'up'") == "up")
    try server.stop()
  }

  @Test func longPathsGetTheirSocketElsewhere() async throws {
    let folder = try DataFolder()
    let long = folder.path + "/" + String(repeating: "long-é ", count: 12) + "/data"
    var server = try EmbeddedPostgres.start(data: long, log: Logger("embedded", level: .error))
    #expect(try await value(server, "SELECT 'up'") == "up")
    let url = server.url
    try server.stop()
    server = try EmbeddedPostgres.start(data: long, log: Logger("embedded", level: .error))
    #expect(server.url == url)
    #expect(try await value(server, "SELECT 'up'") == "up")
    try server.stop()
  }

  @Test func whatIsInTheWayIsSaidInOneSentence() throws {
    let folder = try DataFolder()
    let log = Logger("embedded", level: .error)
    let file = folder.path + "/file"
    fclose(fopen(file, "w"))
    let below = message { _ = try EmbeddedPostgres.start(data: file + "/data", log: log) }
    #expect(below?.contains("can't be made") == true)
    let closed = message { _ = try EmbeddedPostgres.start(data: "/proc/skein", log: log) }
    #expect(closed?.contains("/proc/skein") == true)

    var options = EmbeddedOptions()
    options.binaries = folder.path
    let missing = message { _ = try EmbeddedPostgres.start(data: folder.path + "/a", options: options, log: log) }
    #expect(missing?.contains("no postgres and initdb in") == true)

    // Programs that fail.
    let programs = folder.path + "/bin"
    mkdir(programs, 0o755)
    for name in ["postgres", "initdb"] {
      let script = fopen("\(programs)/\(name)", "w")
      fputs("#!/bin/sh\necho 'initdb: error: out of luck' >&2\nexit 1\n", script)
      fclose(script)
      chmod("\(programs)/\(name)", 0o755)
    }
    options.binaries = programs
    let failed = message { _ = try EmbeddedPostgres.start(data: folder.path + "/b", options: options, log: log) }
    #expect(failed == "initdb failed: initdb: error: out of luck")

    mkdir(folder.path + "/c", 0o755)
    mkdir(folder.path + "/c/postgres", 0o755)
    fclose(fopen(folder.path + "/c/postgres/notes.txt", "w"))
    let foreign = message { _ = try EmbeddedPostgres.start(data: folder.path + "/c", log: log) }
    #expect(foreign?.contains("neither empty nor a data folder") == true)
  }

  @Test(.enabled(if: geteuid() == 0))
  func rootKeepsTheDatabaseElsewhereWhereTheFolderIsClosedToPostgres() async throws {
    let folder = try DataFolder()
    chmod(folder.path, 0o700)
    var server = try folder.start()
    _ = try await value(server, "CREATE TABLE t AS SELECT 'kept'::text AS v")
    try server.stop()
    server = try folder.start()
    #expect(try await value(server, "SELECT v FROM t") == "kept")
    try server.stop()
    let target = try #require(realpath(folder.path + "/data/postgres", nil).map { String(cString: $0) })
    #expect(target.hasPrefix("/var/lib/skein/"))
  }
}
