import Glibc

/// Where a connection goes to on this machine.
enum Backend {
  case port(UInt16)
  /// A Unix socket.
  case path(String)
}

/// Connections on this machine without blocking.
enum Loopback {
  /// A socket for such a connection; -1 where there can be none.
  static func socket(for backend: Backend) -> Int32 {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    guard case .port = backend else { return Glibc.socket(AF_UNIX, type, 0) }
    let fd = Glibc.socket(AF_INET, type, 0)
    sendAtOnce(fd)
    return fd
  }

  /// Sends small pieces as they come.
  static func sendAtOnce(_ fd: Int32) {
    var on: Int32 = 1
    setsockopt(fd, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Begins to connect. False where that failed at once.
  static func connect(_ fd: Int32, to backend: Backend) -> Bool {
    switch backend {
    case .port(let port):
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      return connect(fd, &address)
    case .path(let path):
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      let bytes = Array(path.utf8)
      guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
      return connect(fd, &address)
    }
  }

  private static func connect<Address>(_ fd: Int32, _ address: inout Address) -> Bool {
    let answer = withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(fd, $0, socklen_t(MemoryLayout<Address>.size))
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
