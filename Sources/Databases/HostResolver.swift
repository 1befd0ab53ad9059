import Glibc
import ProxyWire
import Reactor
import Synchronization

/// Finds the addresses of a name, on threads of its own: the C library's resolver waits.
package final class HostResolver: Sendable {
  private let threads: LoopGroup
  private let waiting = Atomic(0)
  private static let mostWaiting = 64

  package init() throws { threads = try LoopGroup(count: 1) }

  deinit { threads.stop() }

  /// The addresses of a name, or the one that it is itself.
  func addresses(of host: String) async throws(DatabaseError) -> [IPAddress] {
    if let address = IPAddress(host) { return [address] }
    guard waiting.add(1, ordering: .relaxed).newValue <= Self.mostWaiting else {
      waiting.subtract(1, ordering: .relaxed)
      throw DatabaseError(.busy, "Too many hosts are being looked up.")
    }
    defer { waiting.subtract(1, ordering: .relaxed) }
    let found = await Clerk(loop: threads.loops[0]).resolve(host)
    guard !found.isEmpty else { throw DatabaseError(.unreachable, "The host \(host) is not known.") }
    return found
  }

  private actor Clerk {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    private let loop: EventLoop

    init(loop: EventLoop) {
      self.loop = loop
      unownedExecutor = loop.asUnownedSerialExecutor()
    }

    func resolve(_ host: String) -> [IPAddress] {
      var hints = addrinfo()
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
      var list: UnsafeMutablePointer<addrinfo>?
      guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
      defer { freeaddrinfo(list) }
      var addresses: [IPAddress] = []
      var entry = list
      while let info = entry {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = getnameinfo(
          info.pointee.ai_addr, info.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        let name = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        if code == 0, let address = IPAddress(name), !addresses.contains(address) { addresses.append(address) }
        entry = info.pointee.ai_next
      }
      return addresses
    }
  }
}
