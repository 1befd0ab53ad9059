import EmbeddedPostgres
import Glibc
import LoadKit
import Log
import SkeinTestKit

/// The suite's own PostgreSQL, durable, in a folder that goes with the process. It belongs to the main thread.
final class Database {
  private let postgres: PrivatePostgres
  private var paused: [Int32] = []

  init() throws { postgres = try PrivatePostgres(isDurable: true, log: Logger("postgres", level: .error)) }

  /// For whoever needs no proxy.
  var url: String { postgres.url }

  /// The path of its socket.
  var socket: String {
    let host = url.split { $0 == "?" || $0 == "&" }.first { $0.hasPrefix("host=") }
    return "\(host?.dropFirst(5) ?? "")/.s.PGSQL.5432"
  }

  /// All of its processes end at once, as in a crash of the machine whose disk survives.
  func kill() {
    for process in freeze() { Glibc.kill(process, SIGKILL) }
  }

  /// A fast shutdown, which is under way when this returns.
  func terminate() {
    if let process = postgres.server.processID { Glibc.kill(process, SIGINT) }
  }

  /// Starts it again once it has ended, and waits until it has recovered.
  func restore() throws {
    // One that is on its way out still takes connections.
    try Patience("the end of PostgreSQL", seconds: 60).wait { postgres.server.processID == nil }
    try postgres.server.revive()
  }

  func pause() { paused = freeze() }

  func resume() {
    for process in paused { Glibc.kill(process, SIGCONT) }
    paused = []
  }

  /// Stops all processes, the first one first, so that it makes no more.
  private func freeze() -> [Int32] {
    guard let first = postgres.server.processID else { return [] }
    Glibc.kill(first, SIGSTOP)
    let family = [first] + Self.children(of: first)
    for process in family { Glibc.kill(process, SIGSTOP) }
    return family
  }

  private static func children(of process: Int32) -> [Int32] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var found: [Int32] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard let number = Int32(name), let text = SystemFile.text("/proc/\(number)/stat"),
        let end = text.lastIndex(of: ")")
      else { continue }
      // Behind the name, which may hold anything: the state, and the parent.
      let fields = text[text.index(after: end)...].split(separator: " ")
      if fields.count > 1, Int32(fields[1]) == process { found.append(number) }
    }
    return found
  }
}
