import CLinux
import Glibc
import LoadKit

/// `skein-bench all`
enum AllCommand: BenchCommand {
  static let name = "all"
  static let summary = "Runs everything against servers of its own, and writes docs/benchmarks.md."
  static let explanation = """
    Starts the skein beside this program: skein echo with one loop, then skein serve with its embedded PostgreSQL in a
    folder that is removed again, settings as a user finds them. Takes about a minute, with --full about five.
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
    try serve(skein, size, arguments.text("data"), &document)
    try document.write(to: arguments.text("output"))
    print("\nWritten to \(arguments.text("output")).")
  }

  /// How much is done.
  private struct Size {
    var seconds: Double
    var echoConnections: Int
    var idleConnections: Int
    var sessions: Int
    var restores: Int

    static let quick = Size(seconds: 3, echoConnections: 5000, idleConnections: 2000, sessions: 500, restores: 1000)
    static let full = Size(seconds: 10, echoConnections: 15000, idleConnections: 10000, sessions: 1000, restores: 10000)
  }

  private static func echo(_ skein: String, _ size: Size, _ document: inout BenchmarkDocument) throws {
    let processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    let isPinned = processors > 1
    // A child inherits where it may run.
    if isPinned { _ = linux_pin_thread(0) }
    let server = try ChildServer([skein, "echo", "--port", "0", "--loops", "1"])
    if isPinned { _ = linux_pin_thread(1) }
    defer { server.stop() }
    let target = try LoadTarget(url: try server.address("ws://", seconds: 20))
    let command = "skein echo --loops 1" + (isPinned ? ", on processor 0; the generator on processor 1" : "")

    let hold = try HoldLoad(target: target, connections: size.echoConnections, process: server.process).run()
    document.add(
      "Idle WebSockets", command, "skein-bench connections --connections \(size.echoConnections)", hold.figures)
    for bytes in [20, 1024] {
      var load = EchoLoad(target: target)
      load.bytes = bytes
      load.seconds = size.seconds
      load.process = server.process
      document.add("Echo, \(bytes) bytes", command, "skein-bench echo --bytes \(bytes)", try load.run().figures)
    }
    if isPinned { _ = linux_unpin_thread() }
  }

  private static func serve(
    _ skein: String, _ size: Size, _ data: String, _ document: inout BenchmarkDocument
  ) throws {
    let folder = data.isEmpty ? try temporaryFolder() : data
    defer { if data.isEmpty { SystemFile.removeFolder(folder) } }
    let server = try ChildServer([
      skein, "serve", "--port", "0", "--script-agent", "--data", folder, "--log-level", "warning",
    ])
    defer { server.stop() }
    let url = "ws" + (try server.address("http://", seconds: 120)).dropFirst("http".count)
    let target = LoadTarget(try LoadTarget(url: url), path: "/v1/socket")
    let command = "skein serve --script-agent"

    var idle = HoldLoad(target: target, connections: size.idleConnections, process: server.process)
    idle.isWelcomed = true
    document.add(
      "Idle sessions", command, "skein-bench idle --connections \(size.idleConnections)", try idle.run().figures)

    var accept = AcceptLoad(target: target)
    (accept.connections, accept.seconds, accept.process) = (size.sessions, size.seconds, server.process)
    document.add(
      "Accepted messages", command, "skein-bench accept --connections \(size.sessions)", try accept.run().figures)

    for sessions in [size.sessions / 5, size.sessions] {
      var stream = StreamLoad(target: target)
      (stream.sessions, stream.seconds, stream.process) = (sessions, size.seconds, server.process)
      document.add(
        "Streamed answers, \(sessions) at once", command,
        "skein-bench stream --sessions \(sessions) --interval \(stream.interval)", try stream.run().figures)
    }

    var restore = RestoreLoad(target: target)
    (restore.sessions, restore.process) = (size.restores, server.process)
    document.add(
      "Restored sessions", command, "skein-bench restore --sessions \(size.restores)", try restore.run().figures)
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

  private static func temporaryFolder() throws(LoadError) -> String {
    var template = Array("/tmp/skein-bench-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw LoadError("no folder can be made in /tmp") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
