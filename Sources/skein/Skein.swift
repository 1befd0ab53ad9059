import Glibc
import Log
import Reactor
import Synchronization

/// The program: reads its arguments, and starts and stops what they name.
@main
struct Skein {
  static let version = "0.1.0"

  static let help = """
    skein: a real-time chat server for AI agents

    usage: skein serve [options]     serve (skein serve --help)
           skein migrate [options]   bring a database up to date, and end
           skein site ...            keep the websites that it serves (skein site --help)
           skein agent ...           keep the agents that ask models or others (skein agent --help)
           skein ingest ...          load the documents that a site answers from (skein ingest --help)
           skein eval FILE           tell how well questions are answered from them (skein eval --help)
           skein user ...            keep the users (skein user --help)
           skein key ...             keep the keys of servers (skein key --help)
           skein audit [options]     tell what was done, and by whom
           skein export [options]    write sessions to standard output
           skein import [options]    store what was exported, from standard input
           skein cleanup [options]   do now what servers do once an hour, and end
           skein rotate-key          seal stored secrets with a new key
           skein doctor [options]    check the configuration, and end
           skein echo [options]      echo WebSocket messages, without a database
           skein --version
    """

  /// The main thread only waits. It is no part of Swift's executors, since those of the main thread wait for signals
  /// with none of them blocked.
  static func main() {
    // Before any thread is made, so that all of them inherit it.
    SignalSource.block()
    OpenFiles.raiseLimit()
    let failure = Mutex<String?>(nil)
    do {
      let loops = try LoopGroup(count: 1)
      let arguments = Array(CommandLine.arguments.dropFirst())
      // Detached, since the main actor is never served.
      Task.detached {
        do { try await Console(loop: loops.loops[0]).run(arguments) } catch { failure.withLock { $0 = "\(error)" } }
        loops.stop()
      }
      loops.join()
    } catch {
      failure.withLock { $0 = "\(error)" }
    }
    guard let sentence = failure.withLock({ $0 }) else { return }
    let line = Array("skein: \(sentence)\n".utf8)
    _ = write(2, line, line.count)
    exit(1)
  }
}

/// Carries out a command, on a loop of its own that hears the signals.
actor Console {
  nonisolated let unownedExecutor: UnownedSerialExecutor
  private let loop: EventLoop

  init(loop: EventLoop) {
    self.loop = loop
    unownedExecutor = loop.asUnownedSerialExecutor()
  }

  func run(_ arguments: [String]) async throws {
    var arguments = arguments
    let name = arguments.isEmpty ? "--help" : arguments.removeFirst()
    switch name {
    case "serve": try await run(ServeCommand.self, arguments)
    case "migrate": try await run(MigrateCommand.self, arguments)
    case "export": try await run(ExportCommand.self, arguments)
    case "import": try await run(ImportCommand.self, arguments)
    case "cleanup": try await run(CleanupCommand.self, arguments)
    case "rotate-key": try await run(RotateKeyCommand.self, arguments)
    case "doctor": try await run(DoctorCommand.self, arguments)
    case "echo": try await run(EchoCommand.self, arguments)
    case "site":
      if Self.asksForHelp(arguments) { return print(SiteCommand.usage + "\n\n" + Option.help(SiteCommand.options)) }
      try await SiteCommand.run(arguments, environment: Self.environment())
    case "agent":
      if Self.asksForHelp(arguments) { return print(AgentCommand.usage + "\n\n" + Option.help(AgentCommand.options)) }
      try await AgentCommand.run(arguments, environment: Self.environment(), on: loop)
    case "ingest":
      if Self.asksForHelp(arguments) { return print(IngestCommand.usage + "\n\n" + Option.help(IngestCommand.options)) }
      try await IngestCommand.run(arguments, environment: Self.environment(), on: loop)
    case "eval":
      if Self.asksForHelp(arguments) { return print(EvalCommand.usage + "\n\n" + Option.help(EvalCommand.options)) }
      try await EvalCommand.run(arguments, environment: Self.environment(), on: loop)
    case "user":
      if Self.asksForHelp(arguments) { return print(UserCommand.usage + "\n\n" + Option.help(UserCommand.options)) }
      try await UserCommand.run(arguments, environment: Self.environment())
    case "key":
      if Self.asksForHelp(arguments) { return print(KeyCommand.usage + "\n\n" + Option.help(KeyCommand.options)) }
      try await KeyCommand.run(arguments, environment: Self.environment())
    case "audit": try await run(AuditCommand.self, arguments)
    case "--version", "version": print("skein \(Skein.version)")
    case "--help", "-h", "help": print(Skein.help)
    default: throw UsageError(message: "\(name) is not a command; skein --help lists them")
    }
  }

  /// Says where the server is, and waits for SIGTERM or SIGINT; SIGHUP has files read again meanwhile.
  func announce(_ line: String, reload: () -> Void) async throws {
    let (signals, continuation) = AsyncStream.makeStream(of: Signal.self)
    try SignalSource { continuation.yield($0) }.attach(to: loop)
    print(line)
    fflush(nil)
    for await signal in signals {
      if signal == .stop { break }
      reload()
    }
  }

  private func run(_ command: any Command.Type, _ arguments: [String]) async throws {
    if Self.asksForHelp(arguments) {
      print(command.usage + "\n\n" + Option.help(command.options))
      return
    }
    var settings = Settings()
    try Option.parse(command.options, arguments, environment: Self.environment(), into: &settings)
    try await command.run(settings, self)
  }

  private static func asksForHelp(_ arguments: [String]) -> Bool {
    arguments.contains("--help") || arguments.contains("-h")
  }

  private static func environment() -> [String: String] {
    var result: [String: String] = [:]
    var entry = environ
    while let line = entry.pointee {
      let text = String(cString: line)
      if let equals = text.firstIndex(of: "=") {
        result[String(text[..<equals])] = String(text[text.index(after: equals)...])
      }
      entry += 1
    }
    return result
  }
}

/// One command of the program.
protocol Command {
  static var usage: String { get }
  static var options: [Option<Settings>] { get }
  static func run(_ settings: Settings, _ console: Console) async throws
}
