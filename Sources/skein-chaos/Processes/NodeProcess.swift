import Glibc
import LoadKit
import Reactor

/// A node that is started again whenever it is gone and should not be. It belongs to the main thread.
final class NodeProcess {
  /// How a node is started.
  struct Recipe {
    /// Programs; each start takes the next one.
    let binaries: [String]
    let databaseURL: String
    /// Where the nodes' logs go.
    let folder: String
    /// When they show text.
    let durability: String
  }

  let index: Int
  private let recipe: Recipe
  private let announce: (UInt16?) -> Void
  private var child: ChildServer?
  private(set) var port: UInt16?
  private var isWanted = true
  private var isToldToEnd = false
  private var isPaused = false
  private var nextStart: UInt64 = 0
  private var startedAt: UInt64 = 0
  private(set) var starts = 0
  /// How it ended where nobody had ended it.
  private(set) var crashes: [String] = []

  /// Between two starts, in milliseconds.
  private static let pause: UInt64 = 300

  /// - Parameter announce: is told where the node listens, and that it does no more.
  init(_ index: Int, _ recipe: Recipe, announce: @escaping (UInt16?) -> Void) {
    self.index = index
    self.recipe = recipe
    self.announce = announce
  }

  var isUp: Bool { port != nil && !isPaused && isWanted }

  /// Does what is due; to be called often.
  func attend() throws {
    let now = EventLoop.monotonicMilliseconds()
    if let child {
      guard let status = Self.ending(of: child.process) else {
        if port == nil, !isPaused, let found = address(of: child) {
          port = found
          announce(found)
          if starts > 1 { Console.say("node \(index) is back, \(now - startedAt) ms after its start") }
        }
        return
      }
      // A start may fail while the database is away.
      if port != nil, !isToldToEnd { crashes.append("node \(index) ended by itself, \(status)") }
      gone()
    }
    guard isWanted, now >= nextStart else { return }
    nextStart = now + Self.pause
    let binary = recipe.binaries[starts % recipe.binaries.count]
    starts += 1
    isToldToEnd = false
    startedAt = now
    // It ends with us, however we end; and its log is a file.
    child = try ChildServer([
      "/usr/bin/setpriv", "--pdeathsig", "KILL", "/bin/sh", "-c", "log=$1; shift; exec \"$@\" 2>>\"$log\"", "node",
      "\(recipe.folder)/node-\(index).log", binary, "serve", "--host", "127.0.0.1", "--port", "0", "--script-agent",
      "--titles", "off", "--connections-per-address", "0", "--messages-per-minute", "0", "--database-url",
      recipe.databaseURL, "--durability", recipe.durability,
    ])
  }

  private func address(of child: ChildServer) -> UInt16? {
    guard let url = try? child.address("http://", seconds: 0) else { return nil }
    return url.split(separator: ":").last.flatMap { UInt16($0.prefix { $0.isNumber }) }
  }

  private func gone() {
    child = nil
    port = nil
    announce(nil)
  }

  // MARK: Faults

  /// Ends it by SIGKILL.
  func kill() {
    isWanted = false
    isToldToEnd = true
    if let child { Glibc.kill(child.process, SIGKILL) }
    gone()
  }

  /// Asks it to end, by SIGTERM. Nobody is led to it any more once it has ended.
  func terminate() {
    isWanted = false
    isToldToEnd = true
    if let child { Glibc.kill(child.process, SIGTERM) }
  }

  /// Lets it be started again.
  func restore() { isWanted = true }

  func pause() {
    isPaused = true
    if let child { Glibc.kill(child.process, SIGSTOP) }
  }

  func resume() {
    isPaused = false
    if let child { Glibc.kill(child.process, SIGCONT) }
  }

  /// How a child has ended, without reaping it; nil while it runs.
  private static func ending(of process: Int32) -> String? {
    var info = siginfo_t()
    guard waitid(P_PID, id_t(process), &info, WEXITED | WNOHANG | WNOWAIT) == 0 else { return "reaped" }
    guard info.si_signo == SIGCHLD else { return nil }
    let status = info._sifields._sigchld.si_status
    return info.si_code == Int32(CLD_EXITED) ? "exit code \(status)" : "signal \(status)"
  }
}
