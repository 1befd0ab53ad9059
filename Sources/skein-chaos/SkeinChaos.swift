import Glibc
import LoadKit
import Reactor

/// The chaos suite: reads its arguments, and runs.
@main
struct SkeinChaos {
  static func main() {
    // They are looked for while something is waited for.
    SignalSource.block()
    raiseDescriptorLimit()
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.contains("--help") || arguments.contains("-h") { return Console.say(ChaosOptions.help) }
    do {
      exit(try run(try ChaosOptions(arguments)) ? 0 : 1)
    } catch {
      Console.complain("\(error)")
      exit(1)
    }
  }

  /// In a function of its own, so that everything it has started is ended when the program exits.
  private static func run(_ options: ChaosOptions) throws -> Bool {
    let run = try ChaosRun(options)
    return try run.run()
  }

  private static func raiseDescriptorLimit() {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
