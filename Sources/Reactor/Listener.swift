import CLinux
import Glibc

/// A listening TCP socket, one for each loop: SO_REUSEPORT lets the kernel spread connections over them. What connections
/// send leaves at once (TCP_NODELAY).
package struct Listener: ~Copyable {
  package let descriptor: Descriptor
  /// The port that is listened on: the kernel's choice where 0 was asked for.
  package let port: UInt16

  /// - Parameters:
  ///   - host: a numeric IPv4 or IPv6 address.
  ///   - port: 0 lets the kernel choose.
  ///   - shared: whether other listeners of this process take part in the port.
  package init(host: String, port: UInt16, shared: Bool = true, backlog: Int32 = 4096) throws(SystemError) {
    descriptor = try Self.open(host: host, port: port, shared: shared, backlog: backlog)
    self.port = SocketAddress(local: descriptor.raw)?.port ?? port
  }

  private static func open(
    host: String, port: UInt16, shared: Bool, backlog: Int32
  ) throws(SystemError) -> Descriptor {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &found) == 0, let address = found else {
      throw SystemError("host \(host)", code: EADDRNOTAVAIL)
    }
    defer { freeaddrinfo(found) }
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = try Descriptor("socket", socket(address.pointee.ai_family, type, 0))
    var on: Int32 = 1
    setsockopt(descriptor.raw, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    if shared { setsockopt(descriptor.raw, SOL_SOCKET, SO_REUSEPORT, &on, socklen_t(MemoryLayout<Int32>.size)) }
    // What is accepted inherits it: one call less for each connection.
    setsockopt(descriptor.raw, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    guard bind(descriptor.raw, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 else {
      throw SystemError("bind")
    }
    guard listen(descriptor.raw, backlog) == 0 else { throw SystemError("listen") }
    return descriptor
  }

  /// Takes one waiting connection; nil where none waits.
  package func accept() throws(SystemError) -> Descriptor? {
    while true {
      let fd = linux_accept(descriptor.raw, nil, nil)
      if fd >= 0 { return Descriptor(owning: fd) }
      switch errno {
      case EAGAIN: return nil
      case EINTR, ECONNABORTED: continue
      default: throw SystemError("accept")
      }
    }
  }
}
