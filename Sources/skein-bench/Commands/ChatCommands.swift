import LoadKit

/// `skein-bench accept`
enum AcceptCommand: BenchCommand {
  static let name = "accept"
  static let summary = "How many messages of people a server accepts durably, a second."
  static let explanation = """
    Each connection has a session of its own. A message is accepted once PostgreSQL has committed it. Every message
    starts a run, here one with an empty answer: a complete turn stores two messages in three changes of the session.
    Without --rate a connection sends its next message when the answer is complete, so that accepted messages and
    complete turns are as many; with it, at that rate, and latencies count from when a message was due.
    With --pgbench the same PostgreSQL is asked before, by that program, how many messages it stores with the same
    statement and a commit for each, from so many connections.
    """
  static var parameters: [Parameter] {
    aim + [
      Parameter("connections", "N", "500", "connections, each with its own session"),
      Parameter("rate", "N", "0", "messages a second over all; 0: as many as come through"),
      Parameter("seconds", "S", "5", "the measured time"),
      Parameter("pgbench", "N", "0", "connections of pgbench; 0: it is not asked"),
    ] + Database.parameters + Crew.parameters
  }

  static func run(_ arguments: Arguments) throws {
    var load = AcceptLoad(target: try chatTarget(arguments))
    load.crew = try Crew(arguments)
    load.connections = try arguments.number("connections", 1...1_000_000)
    load.rate = try arguments.decimal("rate")
    load.seconds = try arguments.decimal("seconds")
    load.process = try process(arguments)
    let clients = try arguments.number("pgbench", 0...1000)
    var figures: [Figure] = []
    if clients > 0 {
      figures = try PgbenchLoad(database: try Database(arguments), connections: clients, seconds: load.seconds).run()
    }
    show(figures + (try load.run().figures))
  }
}

/// `skein-bench stream`
enum StreamCommand: BenchCommand {
  static let name = "stream"
  static let summary = "How many chunks of answers reach their readers, and how soon."
  static let explanation = """
    Every session has one answer that streams: a chunk of --bytes each --interval. A chunk begins with the instant at
    which the agent wrote it; its latency ends when the client has read it, and holds the commit. Chunks that were
    merged into one frame count each. At the end every answer must be whole. With --readers the same answers are
    measured twice, with one connection a session and with so many, of which each must be given the whole. With
    --other-url they are measured once, and all but the first connection of a session come by another server.
    """
  static var parameters: [Parameter] {
    aim + [
      Parameter("sessions", "N", "500", "sessions, each with a connection and an answer"),
      Parameter("readers", "N", "1", "connections to each session, compared with one"),
      Parameter("other-url", "URL", "", "another server on the same database, for all but the first connection"),
      Parameter("bytes", "N", "20", "the size of a chunk, at least 17"),
      Parameter("interval", "MS", "20", "the time between two chunks of an answer"),
      Parameter("seconds", "S", "5", "the measured time"),
    ] + Crew.parameters
  }

  static func run(_ arguments: Arguments) throws {
    var load = StreamLoad(target: try chatTarget(arguments))
    load.crew = try Crew(arguments)
    load.sessions = try arguments.number("sessions", 1...1_000_000)
    load.bytes = try arguments.number("bytes", 17...100_000)
    load.interval = try arguments.number("interval", 1...60_000)
    load.seconds = try arguments.decimal("seconds")
    load.process = try process(arguments)
    load.readers = try arguments.number("readers", 1...1000)
    let other = arguments.text("other-url")
    if !other.isEmpty {
      load.other = LoadTarget(try LoadTarget(url: other), path: "/v1/socket")
      load.readers = max(2, load.readers)
    }
    show(load.readers > 1 && load.other == nil ? try load.compare() : try load.run().figures)
  }
}

/// `skein-bench restore`
enum RestoreCommand: BenchCommand {
  static let name = "restore"
  static let summary = "How many sessions a second come back after everyone was cut off."
  static let explanation = """
    First the sessions are made, with their messages. Then each client connects, shakes hands, says hello and is
    welcomed: once for a fresh page with all messages, once with a position after which nothing has changed.
    With --stored the sessions are put straight into the database, and measured; then as many more that so many messages
    are stored, the table is vacuumed, and the same sessions are measured again, and others from all over the table.
    A million messages take about 0.6 GB of disk, and half a minute.
    """
  static var parameters: [Parameter] {
    aim + [
      Parameter("sessions", "N", "1000", "sessions"),
      Parameter("messages", "N", "20", "messages in each, questions and answers"),
      Parameter("at-once", "N", "200", "clients that may be on their way at once"),
      Parameter("stored", "N", "", "so many messages in the database, compared with what is there before"),
      Parameter("rounds", "N", "3", "how often each is measured, with --stored"),
    ] + Database.parameters + Crew.parameters
  }

  static func run(_ arguments: Arguments) throws {
    var load = RestoreLoad(target: try chatTarget(arguments))
    load.crew = try Crew(arguments)
    load.sessions = try arguments.number("sessions", 1...1_000_000)
    load.messages = try arguments.number("messages", 0...100)
    load.atOnce = try arguments.number("at-once", 1...1_000_000)
    load.process = try process(arguments)
    guard let stored = try arguments.optional("stored", 0...1_000_000_000) else { return show(try load.run().figures) }
    show(try load.run(stored: stored, in: try Database(arguments), rounds: try arguments.number("rounds", 1...1000)))
  }
}

/// `skein-bench growth`
enum GrowthCommand: BenchCommand {
  static let name = "growth"
  static let summary = "How much messages leave in the database: tables, indexes, dead rows."
  static let explanation = """
    Sessions ask, and are answered in a few chunks each, until so many messages are stored. Every message inserts a row,
    an answer's end changes it, and the rows of its run and its chunks come and go. In between and at the end the tables
    of the conversation are looked at. A million messages take some minutes.
    """
  static var parameters: [Parameter] {
    [
      aim[0],
      Parameter("messages", "N", "100000", "messages, questions and answers"),
      Parameter("sessions", "N", "500", "sessions that they are divided among"),
      Parameter("chunks", "N", "5", "chunks of an answer, of 40 bytes each"),
      Parameter("looks", "N", "20", "how often the tables are looked at"),
    ] + Database.parameters + Crew.parameters
  }

  static func run(_ arguments: Arguments) throws {
    var load = GrowthLoad(target: try chatTarget(arguments), database: try Database(arguments))
    load.crew = try Crew(arguments)
    load.messages = try arguments.number("messages", 2...1_000_000_000)
    load.sessions = try arguments.number("sessions", 1...1_000_000)
    load.chunks = try arguments.number("chunks", 1...10_000)
    load.looks = try arguments.number("looks", 1...10_000)
    show(try load.run())
  }
}

/// `skein-bench idle`
enum IdleCommand: BenchCommand {
  static let name = "idle"
  static let summary = "How much memory an idle, restored connection takes in skein serve."
  static let explanation = """
    Sessions are put into the database, and each connection is welcomed to one of them with a page of its messages; then
    as skein-bench connections. What the server needs once, as for the first queries, is divided among them, too.
    """
  static var parameters: [Parameter] {
    aim + [
      Parameter("connections", "N", "5000", "connections"),
      Parameter("messages", "N", "20", "messages in each session, questions and answers"),
    ] + Database.parameters
  }

  static func run(_ arguments: Arguments) throws {
    var load = HoldLoad(
      target: try chatTarget(arguments), connections: try arguments.number("connections", 1...1_000_000),
      process: try neededProcess(arguments))
    try load.store(messages: try arguments.number("messages", 2...10_000), in: try Database(arguments))
    show(try load.run().figures)
  }
}
