import CLinux
import Glibc

/// The signals that a server acts on.
package enum Signal: Sendable {
  /// SIGTERM or SIGINT: stop gracefully.
  case stop
  /// SIGHUP: read again what may have changed.
  case reload
}

/// Delivers signals to a loop as ordinary events.
package final class SignalSource: ReadinessTarget, Sendable {
  private let descriptor: Descriptor
  private let handler: @Sendable (Signal) -> Void

  /// Blocks the signals in this thread and in all that it starts from now on: to be called before any loop starts.
  package static func block() {
    _ = linux_signals_block()
  }

  /// - Parameter handler: called on the loop that the source is attached to.
  package init(handler: @escaping @Sendable (Signal) -> Void) throws(SystemError) {
    descriptor = try Descriptor("signalfd", linux_signalfd_create())
    self.handler = handler
  }

  /// Begins delivery; on the loop's thread.
  package func attach(to loop: EventLoop) throws(SystemError) {
    try loop.register(descriptor.raw, for: .readable, target: self, token: 0)
  }

  package func ready(_ token: UInt64, _ readiness: Readiness) {
    while true {
      switch linux_signalfd_read(descriptor.raw) {
      case 0: return
      case SIGHUP: handler(.reload)
      default: handler(.stop)
      }
    }
  }
}
