import Log
import Redaction
import Reactor

/// What a server's process says on standard error, and what it says wrongly, in the log: in lines of a bounded length,
/// and so many in a while.
struct Complaints {
  private let log: Logger
  private let server: String
  private let redaction: Redaction
  private var lines = LineBuffer(limit: 1000)
  private var beginning: UInt64 = 0
  private var count = 0

  private static let linesAtOnce = 100
  private static let milliseconds: UInt64 = 10_000

  init(_ log: Logger, server: String, redaction: Redaction) {
    self.log = log
    self.redaction = redaction
    self.server = server
  }

  /// Takes bytes of standard error.
  mutating func take(_ bytes: ArraySlice<UInt8>) {
    var whole: [[UInt8]] = []
    _ = lines.take(bytes, skipping: true) { whole.append($0) }
    for line in whole { say("a tool server says", line) }
  }

  /// Takes the rest at the end.
  mutating func finish() {
    if let line = lines.finish() { say("a tool server says", line) }
  }

  /// Takes something on standard output that is no message.
  mutating func note(_ line: [UInt8], _ error: MCPError) {
    say("a tool server sends what is no message: \(error)", line, most: 200)
  }

  private mutating func say(_ message: String, _ line: [UInt8], most: Int = .max) {
    let now = EventLoop.monotonicMilliseconds()
    if now >= beginning + Self.milliseconds {
      if count > Self.linesAtOnce {
        log.warning("a tool server says more than is written down", ["server": server, "lines": count])
      }
      (beginning, count) = (now, 0)
    }
    count += 1
    guard count <= Self.linesAtOnce else { return }
    log.info(message, ["server": server, "line": String(decoding: redaction.clean(line).prefix(most), as: UTF8.self)])
  }
}
