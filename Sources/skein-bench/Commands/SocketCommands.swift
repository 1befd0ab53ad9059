import LoadKit

/// `skein-bench echo`
enum EchoCommand: BenchCommand {
  static let name = "echo"
  static let summary = "How many messages a second a WebSocket server sends back; any server that echoes will do."
  static let explanation = """
    Each connection sends its next message when one has come back; --pipeline so many are under way on each.
    The first second does not count. Where root runs it and tracefs is mounted, the server's system calls are counted in
    another half of a second. With --against a second server is measured too, in turns with the first.
    """
  static var parameters: [Parameter] {
    aim + [
      Parameter("connections", "N", "200", "connections"), Parameter("bytes", "N", "20", "the size of a message"),
      Parameter("pipeline", "N", "1", "messages under way on each connection"),
      Parameter("seconds", "S", "5", "the measured time, of each server in all"),
      Parameter("against", "URL", "", "a second server"),
      Parameter("against-pid", "N", "", "its process"),
      Parameter("rounds", "N", "5", "turns of each, where there are two"),
    ] + Crew.parameters
  }

  static func run(_ arguments: Arguments) throws {
    var load = EchoLoad(target: try LoadTarget(url: arguments.text("url")))
    load.crew = try Crew(arguments)
    load.connections = try arguments.number("connections", 1...1_000_000)
    load.bytes = try arguments.number("bytes", 0...16_777_216)
    load.pipeline = try arguments.number("pipeline", 1...10_000)
    load.seconds = try arguments.decimal("seconds")
    load.process = try process(arguments)
    let other = arguments.text("against")
    if other.isEmpty { return show(try load.run().figures(bytes: load.bytes)) }
    var against = load
    against.target = try LoadTarget(url: other)
    against.process = try process(arguments, "against-pid")
    try compare(load, against, rounds: try arguments.number("rounds", 1...1000))
  }

  private static func compare(_ first: EchoLoad, _ second: EchoLoad, rounds: Int) throws {
    var duel = Duel(first: first, second: second, rounds: rounds)
    (duel.first.warm, duel.second.warm) = (0.5, 0.5)
    (duel.first.seconds, duel.second.seconds) = (first.seconds / Double(rounds), second.seconds / Double(rounds))
    show(try duel.run().figures("first", "second"))
  }
}

/// `skein-bench connections`
enum ConnectionsCommand: BenchCommand {
  static let name = "connections"
  static let summary = "How much memory an idle WebSocket takes; for any server."
  static let explanation = """
    Opens the connections, waits 1.5 s, and reads the resident memory of the server's process
    (Rss in /proc/PID/smaps_rollup). The kernel's own memory for sockets is not in it.
    """
  static var parameters: [Parameter] { aim + [Parameter("connections", "N", "5000", "connections")] }

  static func run(_ arguments: Arguments) throws {
    let load = HoldLoad(
      target: try LoadTarget(url: arguments.text("url")),
      connections: try arguments.number("connections", 1...1_000_000),
      process: try neededProcess(arguments))
    show(try load.run().figures)
  }
}
