import LoadKit

/// `skein-bench rest`
enum RestCommand: BenchCommand {
  static let name = "rest"
  static let summary = "How long each route of the REST interface takes beside many stored messages."
  static let explanation = """
    First sessions of 20 messages are put into the database until so many messages are stored, ten sessions a visitor, over
    the last 60 days, with their words taken down for search, and an API key and an admin are made. Then each route is
    asked by itself, for sessions and words from everywhere: each connection sends its next request when the last was
    answered. An answer that is no success ends the load. A million messages take about 2 GB of disk.
    """
  static var parameters: [Parameter] {
    aim + [
      Parameter("stored", "N", "1000000", "messages that are stored before"),
      Parameter("connections", "N", "50", "connections, each with a request at a time"),
      Parameter("seconds", "S", "2", "the measured time of each route"),
      Parameter("only", "TEXT", "", "only the routes whose names hold this"),
    ] + Database.parameters
  }

  static func run(_ arguments: Arguments) throws {
    var load = RestLoad(target: try chatTarget(arguments), database: try Database(arguments))
    load.stored = try arguments.number("stored", 2000...1_000_000_000)
    load.connections = try arguments.number("connections", 1...10_000)
    load.seconds = try arguments.decimal("seconds")
    load.process = try process(arguments)
    load.only = arguments.text("only")
    show(try load.run())
  }
}
