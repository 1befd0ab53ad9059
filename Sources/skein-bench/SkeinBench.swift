import Glibc
import LoadKit
import Reactor

/// The load generator: reads its arguments, and runs what they name.
@main
struct SkeinBench {
  static var commands: [any BenchCommand.Type] {
    [
      EchoCommand.self, ConnectionsCommand.self, TLSCommand.self, DeflateCommand.self, SlowCommand.self,
      AcceptCommand.self, StreamCommand.self, ModelsCommand.self, RestoreCommand.self, GrowthCommand.self,
      IdleCommand.self,
      RestCommand.self, AllCommand.self,
    ]
  }

  static var help: String {
    "skein-bench: loads for Skein and for other WebSocket servers\n\nusage: skein-bench COMMAND [options]\n\n"
      + commands.map { "  \($0.name.padded(to: 12)) \($0.summary)" }.joined(separator: "\n")
      + "\n\nskein-bench COMMAND --help tells more."
  }

  static func main() {
    // They are looked for while something is waited for.
    SignalSource.block()
    raiseDescriptorLimit()
    do {
      try run(Array(CommandLine.arguments.dropFirst()))
    } catch {
      let line = Array("skein-bench: \(error)\n".utf8)
      _ = write(2, line, line.count)
      exit(1)
    }
  }

  private static func run(_ arguments: [String]) throws {
    guard let name = arguments.first, !["--help", "-h", "help"].contains(name) else { return print(help) }
    guard let command = commands.first(where: { $0.name == name }) else {
      throw LoadError("\(name) is not a command; skein-bench --help lists them")
    }
    let rest = Array(arguments.dropFirst())
    if rest.contains("--help") || rest.contains("-h") { return print(command.help) }
    try command.run(try Arguments(rest, command.parameters))
  }

  private static func raiseDescriptorLimit() {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
