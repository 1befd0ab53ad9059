import Glibc
import Log
import Reactor

/// The program: reads its arguments, and starts and stops what they name.
@main
struct Skein {
  static let version = "0.1.0"

  private static let help = """
    skein: a real-time chat server for AI agents

    usage: skein serve [options]     serve (skein serve --help)
           skein migrate [options]   bring a database up to date, and end
           skein echo [options]      echo WebSocket messages, without a database
           skein --version
    """

  static func main() async {
    // Before any thread is made, so that all of them inherit it.
    SignalSource.block()
    var arguments = Array(CommandLine.arguments.dropFirst())
    let name = arguments.isEmpty ? "--help" : arguments.removeFirst()
    do {
      switch name {
      case "serve": try await run(ServeCommand.self, arguments)
      case "migrate": try await run(MigrateCommand.self, arguments)
      case "echo": try await run(EchoCommand.self, arguments)
      case "--version", "-V", "version": print("skein \(version)")
      case "--help", "-h", "help": print(help)
      default: throw UsageError(message: "\(name) is not a command; skein --help lists them")
      }
    } catch let error as UsageError {
      fail(error.message)
    } catch {
      fail("\(error)")
    }
  }

  private static func run(_ command: any Command.Type, _ arguments: [String]) async throws {
    if arguments.contains("--help") || arguments.contains("-h") {
      print(command.usage + "\n\n" + Option.help(command.options))
      return
    }
    var settings = Settings()
    try Option.parse(command.options, arguments, environment: environment(), into: &settings)
    try await command.run(settings)
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

  private static func fail(_ sentence: String) -> Never {
    let line = "skein: \(sentence)\n"
    _ = line.utf8.withContiguousStorageIfAvailable { write(2, $0.baseAddress, $0.count) }
    exit(1)
  }
}

/// One command of the program.
protocol Command {
  static var usage: String { get }
  static var options: [Option<Settings>] { get }
  static func run(_ settings: Settings) async throws
}
