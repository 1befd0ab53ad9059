import Glibc
import Reactor

/// One line that is written over, where a person looks on.
enum ProgressLine {
  private static let isShown = isatty(2) == 1
  /// The width where the terminal does not tell it.
  private static let usualWidth = 80

  /// - Parameter since: when it was begun, by the monotonic clock; nil: the time is not told.
  static func show(_ what: String, _ number: Int, _ all: Int, since begun: UInt64? = nil) {
    guard isShown else { return }
    write(
      "\r" + text(what, number, all, begun.map { EventLoop.monotonicMilliseconds() - $0 }, width: width) + "\u{1B}[K")
  }

  /// Takes it away.
  static func end() { if isShown { write("\r\u{1B}[K") } }

  /// `[#####.....]  12/24  0:07  handbook/care.md`: no longer than the terminal is wide, so that it stays one line. What
  /// is long loses its beginning, which tells less than its end.
  static func text(_ what: String, _ number: Int, _ all: Int, _ milliseconds: UInt64?, width: Int) -> String {
    let full = all > 0 ? bar * min(number, all) / all : bar
    let count = String(repeating: " ", count: max(0, "\(all)".count - "\(number)".count)) + "\(number)/\(all)"
    var line = "[" + String(repeating: "#", count: full) + String(repeating: ".", count: bar - full) + "] " + count
    if let seconds = milliseconds.map({ $0 / 1000 }) {
      line += "  \(seconds / 60):" + (seconds % 60 < 10 ? "0" : "") + "\(seconds % 60)"
    }
    // The last column stays free: some terminals go on to the next line there.
    let room = width - line.count - 3
    guard room >= least else { return String(line.prefix(max(0, width - 1))) }
    let plain = what.filter { !$0.isNewline && $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } }
    return line + "  " + (plain.count <= room ? plain : "…" + plain.suffix(room - 1))
  }

  private static let bar = 20
  private static let least = 8

  private static var width: Int {
    var size = winsize()
    guard ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return usualWidth }
    return Int(size.ws_col)
  }

  private static func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.write(2, bytes, bytes.count)
  }
}
