import LoadKit

/// `skein-bench models`
enum ModelsCommand: BenchCommand {
  static let name = "models"
  static let summary =
    "What answers of a model cost that stream through a server at once, and how much later they come."
  static let explanation = """
    A model of this program's own streams an answer to each question, by the interface chat-completions: a chunk of
    --bytes each --interval. A chunk begins with the instant at which the model sent it; its latency ends when the
    client has read it, and is what the server adds: reading the stream, the commit, the frame. For that an agent,
    bench-model, is set up in the server's database, and withdrawn at the end.
    Memory is what the server has more in the middle of the answers than before the questions, divided among them.
    """
  static var parameters: [Parameter] {
    aim + [
      Parameter("sessions", "N", "1000", "sessions, each with a connection and an answer"),
      Parameter("bytes", "N", "20", "the size of a chunk, at least 17"),
      Parameter("interval", "MS", "50", "the time between two chunks of an answer"),
      Parameter("seconds", "S", "5", "the measured time"),
    ] + Database.parameters + Crew.parameters
  }

  static func run(_ arguments: Arguments) throws {
    var stream = StreamLoad(target: try chatTarget(arguments))
    stream.crew = try Crew(arguments)
    stream.sessions = try arguments.number("sessions", 1...1_000_000)
    stream.bytes = try arguments.number("bytes", 17...100_000)
    stream.interval = try arguments.number("interval", 1...60_000)
    stream.seconds = try arguments.decimal("seconds")
    stream.process = try process(arguments)
    show(try ModelsLoad(stream: stream, database: try Database(arguments)).run())
  }
}
