import Glibc

/// The WebSocket server that a load is aimed at.
package struct LoadTarget: Sendable, Equatable {
  /// Numeric, IPv4.
  package let host: String
  package let port: UInt16
  /// The path and the query.
  package let path: String

  /// Reads `ws://HOST[:PORT][/PATH]`, where HOST is a numeric IPv4 address or `localhost`.
  package init(url: String) throws(LoadError) {
    let scheme = "ws://"
    guard url.hasPrefix(scheme) else { throw LoadError("\(url) does not begin with ws://") }
    let rest = url.dropFirst(scheme.count)
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let authority = rest[..<slash].split(separator: ":", omittingEmptySubsequences: false)
    let name = authority.first.map(String.init) ?? ""
    host = name == "localhost" ? "127.0.0.1" : name
    guard authority.count <= 2, let port = authority.count == 2 ? UInt16(authority[1]) : 80 else {
      throw LoadError("\(url) has no port that is a number")
    }
    self.port = port
    path = slash == rest.endIndex ? "/" : String(rest[slash...])
    guard Self.address(host, port) != nil else { throw LoadError("\(host) is not a numeric IPv4 address") }
  }

  /// The same server at another path.
  package init(_ target: LoadTarget, path: String) {
    (host, port, self.path) = (target.host, target.port, path)
  }

  var isLoopback: Bool { host.hasPrefix("127.") }

  var address: sockaddr_in? { Self.address(host, port) }

  static func address(_ host: String, _ port: UInt16) -> sockaddr_in? {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    return inet_pton(AF_INET, host, &address.sin_addr) == 1 ? address : nil
  }
}
