import LoadKit

/// `skein-bench tls`
enum TLSCommand: BenchCommand {
  static let name = "tls"
  static let summary = "What TLS costs a WebSocket server: memory, handshakes, messages; for any server."
  static let explanation = """
    With --pid, first, the memory of idle connections, as skein-bench connections. Then handshakes, each with the TCP
    connection before it and the opening of the WebSocket behind it: whole ones, and ones that resume the session of
    the connection before. A whole one costs the client more than the server; the server's time for one is told with
    --pid. Last, messages, as skein-bench echo. The server's certificate is not verified.
    """
  static var parameters: [Parameter] {
    [
      Parameter("url", "URL", "wss://127.0.0.1:8443/", "the server"), aim[1],
      Parameter("idle", "N", "5000", "connections whose memory is measured"),
      Parameter("connections", "N", "200", "connections that send messages"),
      Parameter("bytes", "N", "20", "the size of a message"),
      Parameter("seconds", "S", "3", "the measured time of each part"),
    ] + Crew.parameters
  }

  static func run(_ arguments: Arguments) throws {
    var load = TLSLoad(target: try LoadTarget(url: arguments.text("url")))
    load.crew = try Crew(arguments)
    load.idle = try arguments.number("idle", 0...1_000_000)
    load.connections = try arguments.number("connections", 1...1_000_000)
    load.bytes = try arguments.number("bytes", 0...16_777_216)
    load.seconds = try arguments.decimal("seconds")
    load.process = try process(arguments)
    let outcome = try load.run()
    show(outcome.memory + outcome.handshakes + outcome.echo)
  }
}

/// `skein-bench deflate`
enum DeflateCommand: BenchCommand {
  static let name = "deflate"
  static let summary = "What permessage-deflate costs and saves; for any server that echoes and compresses."
  static let explanation = """
    JSON frames of a chat with plain English in them, 256 different ones, are sent and come back: compressed and not, in
    turns. The client compresses each by itself and once for all; the server as it likes.
    """
  static var parameters: [Parameter] {
    aim + [
      Parameter("connections", "N", "200", "connections"),
      Parameter("bytes", "N", "1024", "the size of a message before it is compressed"),
      Parameter("rounds", "N", "3", "turns of each kind"),
      Parameter("seconds", "S", "6", "the measured time, of each kind in all"),
    ] + Crew.parameters
  }

  static func run(_ arguments: Arguments) throws {
    var load = DeflateLoad(target: try LoadTarget(url: arguments.text("url")))
    load.crew = try Crew(arguments)
    load.connections = try arguments.number("connections", 1...1_000_000)
    load.bytes = try arguments.number("bytes", 100...1_048_576)
    load.rounds = try arguments.number("rounds", 1...1000)
    load.seconds = try arguments.decimal("seconds")
    load.process = try process(arguments)
    show(try load.run())
  }
}

/// `skein-bench slow`
enum SlowCommand: BenchCommand {
  static let name = "slow"
  static let summary = "What slow peers do to the others of a WebSocket server that echoes, and to its memory."
  static let explanation = """
    Connections that send at a fixed rate are measured alone; then come the slow peers. Some send the head of a request
    at one byte a second (slowloris). The deaf send messages of 16 KiB as fast as they are taken, and read nothing.
    Whoever is cut off comes again. Once all have come and what is between is full, the others are measured again.
    The memory that the kernel keeps for sockets is not in the server's.
    """
  static var parameters: [Parameter] {
    aim + [
      Parameter("connections", "N", "200", "connections that are measured"),
      Parameter("interval", "MS", "20", "the time between two messages of each"),
      Parameter("bytes", "N", "20", "the size of a message, at least 8"),
      Parameter("slow", "N", "1000", "peers that send byte by byte"),
      Parameter("deaf", "N", "1000", "peers that never read"),
      Parameter("unsent-bytes", "N", "262144", "what the server lets wait for one of those, for the bound"),
      Parameter("seconds", "S", "5", "the measured time without them; with them at least 16 s"),
      Crew.parameters[1],
    ]
  }

  static func run(_ arguments: Arguments) throws {
    var load = SlowLoad(target: try LoadTarget(url: arguments.text("url")), process: try neededProcess(arguments))
    load.crew.processor = try arguments.optional("processor", 0...1023)
    load.connections = try arguments.number("connections", 1...1_000_000)
    load.interval = try arguments.number("interval", 1...60_000)
    load.bytes = try arguments.number("bytes", 8...1_000_000)
    load.slow = try arguments.number("slow", 0...1_000_000)
    load.deaf = try arguments.number("deaf", 0...1_000_000)
    load.unsentBytes = try arguments.number("unsent-bytes", 0...1_000_000_000)
    load.seconds = try arguments.decimal("seconds")
    show(try load.run().figures)
  }
}
