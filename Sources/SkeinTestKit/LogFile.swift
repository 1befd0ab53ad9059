import Glibc
package import Log

/// A log that a test reads.
package final class LogFile: Sendable {
  private let descriptor: Int32

  package init() {
    var template = Array("/tmp/skein-log-XXXXXX".utf8CString)
    descriptor = mkstemp(&template)
    precondition(descriptor >= 0, "no room for a log")
    unlink(template)
  }

  deinit { close(descriptor) }

  /// Writes everything into it.
  package var logger: Logger { Logger("test", level: .debug, descriptor: descriptor) }

  /// All that was written.
  package var text: String {
    var bytes = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_CUR)))
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}
