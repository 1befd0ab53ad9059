import LoadKit

/// The loads of `skein serve`.
extension AllCommand {
  static func serve(
    _ skein: String, _ size: Size, _ data: String, _ document: inout BenchmarkDocument
  ) throws {
    try withServer(skein, data) { server in
      try chat(server, size, &document)
    }
  }

  /// The loads of how the routes answer, with a database of their own.
  static func rest(_ skein: String, _ size: Size, _ data: String, _ document: inout BenchmarkDocument) throws {
    try withServer(skein, data) { server in
      var load = RestLoad(target: server.target, database: try Database(embeddedIn: server.folder))
      (load.stored, load.process) = (size.beside, server.process)
      document.add(
        "REST", server.command, "skein-bench rest --stored \(size.beside)", try load.run())
    }
  }

  /// A server of chats.
  private struct Chat {
    let target: LoadTarget
    let process: Int32
    /// Where its embedded PostgreSQL keeps its data.
    let folder: String
    /// How it was started.
    let command: String
  }

  /// Starts a server while `body` runs.
  private static func withServer(_ skein: String, _ data: String, _ body: (Chat) throws -> Void) throws {
    let folder = data.isEmpty ? try temporaryFolder() : data
    defer { if data.isEmpty { SystemFile.removeFolder(folder) } }
    // All of the load comes from one address, some of it as fast as it can.
    let options = [
      "--script-agent", "--connections-per-address", "0", "--frames-per-second", "0", "--messages-per-minute", "0",
    ]
    let server = try ChildServer(
      [skein, "serve", "--port", "0", "--data", folder, "--log-level", "warning"] + options)
    defer { server.stop() }
    let url = "ws" + (try server.address("http://", seconds: 120)).dropFirst("http".count)
    try body(
      Chat(
        target: LoadTarget(try LoadTarget(url: url), path: "/v1/socket"), process: server.process, folder: folder,
        command: (["skein serve"] + options).joined(separator: " ")))
  }

  private static func chat(_ server: Chat, _ size: Size, _ document: inout BenchmarkDocument) throws {
    let (target, folder, command) = (server.target, server.folder, server.command)
    var idle = HoldLoad(target: target, connections: size.idleConnections, process: server.process)
    try idle.store(messages: 20, in: try Database(embeddedIn: folder))
    document.add(
      "Idle, restored sessions", command, "skein-bench idle --connections \(size.idleConnections)",
      try idle.run().figures)

    var accept = AcceptLoad(target: target)
    (accept.connections, accept.seconds, accept.process) = (size.sessions, size.seconds, server.process)
    let alone = try PgbenchLoad(database: try Database(embeddedIn: folder), seconds: size.seconds).run()
    document.add(
      "Accepted messages", command, "skein-bench accept --connections \(size.sessions) --pgbench 16",
      alone + (try accept.run().figures))

    for sessions in [size.sessions / 5, size.sessions] {
      var stream = StreamLoad(target: target)
      (stream.sessions, stream.seconds, stream.process) = (sessions, size.seconds, server.process)
      document.add(
        "Streamed answers, \(sessions) at once", command,
        "skein-bench stream --sessions \(sessions) --interval \(stream.interval)", try stream.run().figures)
    }

    var shared = StreamLoad(target: target)
    (shared.sessions, shared.readers, shared.seconds) = (size.sessions / 10, 10, size.seconds)
    shared.process = server.process
    document.add(
      "Shared answers, \(shared.sessions) at once", command,
      "skein-bench stream --sessions \(shared.sessions) --readers \(shared.readers)", try shared.compare())

    var models = StreamLoad(target: target)
    (models.sessions, models.interval, models.seconds) = (size.sessions, 50, size.seconds)
    models.process = server.process
    document.add(
      "Answers of a model, \(models.sessions) at once", command,
      "skein-bench models --sessions \(models.sessions)",
      try ModelsLoad(stream: models, database: try Database(embeddedIn: folder)).run())

    var restore = RestoreLoad(target: target)
    (restore.sessions, restore.process) = (size.restores, server.process)
    document.add(
      "Restored sessions", command, "skein-bench restore --sessions \(size.restores)", try restore.run().figures)

    try keep(size, folder, restore, command, &document)
  }

  /// The loads that look into the database, too. PostgreSQL goes on until they let go of it.
  private static func keep(
    _ size: Size, _ folder: String, _ given: RestoreLoad, _ command: String,
    _ document: inout BenchmarkDocument
  ) throws {
    let database = try Database(embeddedIn: folder)
    var restore = given
    (restore.sessions, restore.messages) = (500, 20)
    document.add(
      "Restored sessions among many", command,
      "skein-bench restore --sessions \(restore.sessions) --stored \(size.stored)",
      try restore.run(stored: size.stored, in: database, rounds: 3))

    var growth = GrowthLoad(target: restore.target, database: database)
    growth.messages = size.growth
    document.add("Growth of the database", command, "skein-bench growth --messages \(size.growth)", try growth.run())
  }
}
