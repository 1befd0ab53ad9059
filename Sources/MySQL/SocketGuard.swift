import Glibc
import Synchronization

/// A second descriptor of a connection's socket, by which another thread can cut the connection off: its own may wait in
/// the library, within a TLS handshake. The library may close its own descriptor at any time.
final class SocketGuard: Sendable {
  private struct State {
    var copy: Int32 = -1
    var isCut = false
  }

  private let state = Mutex(State())

  deinit { release() }

  /// Guards a socket from now on, in place of any other.
  func hold(_ socket: Int32) {
    state.withLock { state in
      if state.copy >= 0 { close(state.copy) }
      state.copy = socket >= 0 ? fcntl(socket, F_DUPFD_CLOEXEC, 0) : -1
      if state.isCut { Self.end(state.copy) }
    }
  }

  /// Guards nothing any more.
  func release() { hold(-1) }

  /// Ends all traffic, now and later. From any thread.
  func cut() {
    state.withLock { state in
      state.isCut = true
      Self.end(state.copy)
    }
  }

  private static func end(_ socket: Int32) { if socket >= 0 { shutdown(socket, Int32(SHUT_RDWR)) } }
}
