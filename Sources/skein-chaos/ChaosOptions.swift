import Glibc
import LoadKit

/// What the suite was told.
struct ChaosOptions {
  var seconds = 60
  var seed = UInt64.random(in: 1...1_000_000_000)
  var nodes = 1
  var clients = 200
  /// Programs to be served by, in turns; by default the `skein` beside this program.
  var binaries: [String] = []
  var keepsLogs = false
  /// When the nodes show text: `commit` or `relaxed`.
  var durability = "commit"

  static let help = """
    skein-chaos: kills, pauses, cuts, and then compares what clients were shown with what is stored

    usage: skein-chaos [options]

      --seconds N   how long the faults go on (60)
      --seed S      what all choices are made from; a new one by default
      --nodes N     how many nodes serve the one database (1)
      --clients N   how many clients talk to them (200)
      --binary PATH the skein to be served by; given more than once, each start of a node takes the next
                    (the skein beside this program)
      --durability WHEN
                    when text is shown: at its commit, or before, by relaxed; then the last bytes of an answer that
                    does not come to its end may be lost, and nothing else (commit)
      --keep-logs   keeps the nodes' logs also where all is well

    It starts a PostgreSQL of its own and the nodes, and ends them. The exit code is 0 where there is no difference.
    """

  init(_ arguments: [String]) throws(LoadError) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--keep-logs" {
        keepsLogs = true
        continue
      }
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard ["--seconds", "--seed", "--nodes", "--clients", "--binary", "--durability"].contains(parts[0]) else {
        throw LoadError("\(argument) is not an option; --help lists them")
      }
      guard let value = parts.count > 1 ? parts[1] : rest.popFirst() else {
        throw LoadError("\(parts[0]) takes a value")
      }
      switch parts[0] {
      case "--seconds": seconds = try Self.number(parts[0], value, 5...86_400)
      case "--seed": seed = UInt64(try Self.number(parts[0], value, 0...Int.max))
      case "--nodes": nodes = try Self.number(parts[0], value, 1...16)
      case "--clients": clients = try Self.number(parts[0], value, 1...5_000)
      case "--durability":
        guard ["commit", "relaxed"].contains(value) else { throw LoadError("--durability is commit or relaxed") }
        durability = value
      default: binaries.append(value)
      }
    }
    if binaries.isEmpty { binaries = [try Self.neighbour()] }
    for binary in binaries where access(binary, X_OK) != 0 {
      throw LoadError("\(binary) can't be run; swift build -c release --product skein makes it")
    }
  }

  private static func number(_ flag: String, _ text: String, _ bounds: ClosedRange<Int>) throws(LoadError) -> Int {
    guard let number = Int(text), bounds.contains(number) else {
      throw LoadError("\(flag) is a number from \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    return number
  }

  private static func neighbour() throws(LoadError) -> String {
    guard let path = realpath("/proc/self/exe", nil) else { throw LoadError("--binary names the skein") }
    defer { free(path) }
    return String(cString: path).split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/skein"
  }
}
