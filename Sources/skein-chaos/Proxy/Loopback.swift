import Glibc

/// Connections to 127.0.0.1 without blocking.
enum Loopback {
  /// Begins to connect. False where that failed at once.
  static func connect(_ fd: Int32, to port: UInt16) -> Bool {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let answer = withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    return answer == 0 || errno == EINPROGRESS
  }

  /// Whether a connection that was begun has succeeded, once its socket can be written.
  static func isConnected(_ fd: Int32) -> Bool {
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) == 0 && code == 0
  }
}
