import Glibc

/// An end of a TCP connection.
package struct SocketAddress: Sendable, Equatable, CustomStringConvertible {
  /// Numeric, without brackets or zone; of IPv4 also where it has come by IPv6 (`::ffff:192.0.2.1`).
  package let host: String
  package let port: UInt16

  /// An address by its parts.
  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// The address of this end of a socket.
  package init?(local fd: Int32) {
    self.init { getsockname(fd, $0, $1) }
  }

  /// The address of the other end of a socket.
  package init?(peer fd: Int32) {
    self.init { getpeername(fd, $0, $1) }
  }

  private init?(_ read: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32) {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var host = [CChar](repeating: 0, count: 64)
    var service = [CChar](repeating: 0, count: 8)
    let known = withUnsafeMutablePointer(to: &storage) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        read(address, &length) == 0
          && getnameinfo(
            address, length, &host, socklen_t(host.count), &service, socklen_t(service.count),
            NI_NUMERICHOST | NI_NUMERICSERV) == 0
      }
    }
    guard known,
      let port = UInt16(String(decoding: service.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    else { return nil }
    // A zone (`%eth0`) names a link of this machine, and is no part of the address.
    let text = String(decoding: host.prefix { $0 != 0 && $0 != 0x25 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let mapping = "::ffff:"
    self.host = text.hasPrefix(mapping) && text.contains(".") ? String(text.dropFirst(mapping.count)) : text
    self.port = port
  }

  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
