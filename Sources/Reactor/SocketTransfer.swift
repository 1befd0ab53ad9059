import CLinux

/// Receiving and sending on sockets that don't block. In glibc both are points where a thread may be cancelled, which
/// costs two atomic operations a call as soon as a process has a second thread.
package enum SocketTransfer {
  /// Receives what has come, up to `count` bytes.
  /// - Returns: how many bytes; 0 where the peer has ended; -1 with `errno` set.
  package static func receive(_ fd: Int32, into target: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    linux_receive(fd, target, count)
  }

  /// Sends as much as the kernel takes. A peer that is gone is told by an error, and never by a signal.
  /// - Returns: how many bytes; -1 with `errno` set.
  package static func send(_ fd: Int32, _ source: UnsafeRawPointer?, _ count: Int) -> Int {
    linux_send(fd, source, count)
  }
}
