import Glibc
import LoadKit

/// `skein-bench all`
enum AllCommand: BenchCommand {
  static let name = "all"
  static let summary = "Runs everything against servers of its own, and writes docs/benchmarks.md."
  static let explanation = """
    Starts the skein beside this program: skein echo with one loop, then skein serve with its embedded PostgreSQL in a
    folder that is removed again, settings as a user finds them, but for the limits of what one address and one visitor may
    send. Takes about six minutes, with --full about twenty.
    """
  static let parameters = [
    Parameter("full", nil, "", "more connections and longer times"),
    Parameter("quick", nil, "", "the opposite, which is what counts without either"),
    Parameter("output", "FILE", "docs/benchmarks.md", "where the results are written"),
    Parameter("data", "FOLDER", "", "where the embedded PostgreSQL keeps its data meanwhile (a new folder in /tmp)"),
  ]

  static func run(_ arguments: Arguments) throws {
    let skein = try beside()
    var document = BenchmarkDocument(command: "skein-bench all" + (arguments.isSet("full") ? " --full" : ""))
    let size = arguments.isSet("full") ? Size.full : .quick
    try echo(skein, size, &document)
    try tls(skein, size, &document)
    try deflate(skein, size, &document)
    try slow(skein, size, &document)
    try serve(skein, size, arguments.text("data"), &document)
    try rest(skein, size, arguments.text("data"), &document)
    try document.write(to: arguments.text("output"))
    print("\nWritten to \(arguments.text("output")).")
  }

  /// How much is done.
  struct Size {
    var seconds: Double
    var idleConnections: Int
    var sessions: Int
    var restores: Int
    /// Messages beside those that are restored.
    var stored: Int
    /// Messages that are sent and answered.
    var growth: Int
    /// Messages beside which the routes are asked.
    var beside: Int

    /// Idle ones of skein echo.
    let echoConnections = min(15_000, Machine.descriptors - 1000)

    static let quick = Size(
      seconds: 3, idleConnections: 10_000, sessions: 1000, restores: 1000, stored: 200_000, growth: 50_000,
      beside: 1_000_000)
    static let full = Size(
      seconds: 10, idleConnections: 10_000, sessions: 1000, restores: 10_000, stored: 2_000_000,
      growth: 500_000, beside: 1_000_000)
  }

  /// The skein that was built with this program.
  private static func beside() throws(LoadError) -> String {
    guard let path = realpath("/proc/self/exe", nil) else { throw LoadError("this program's own path is not known") }
    defer { free(path) }
    let own = String(cString: path)
    let skein = own[..<(own.lastIndex(of: "/") ?? own.startIndex)] + "/skein"
    guard access(String(skein), X_OK) == 0 else { throw LoadError("\(skein) is missing; build it first") }
    return String(skein)
  }

  static func temporaryFolder() throws(LoadError) -> String {
    var template = Array("/tmp/skein-bench-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw LoadError("no folder can be made in /tmp") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
