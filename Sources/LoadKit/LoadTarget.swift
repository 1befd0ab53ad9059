import Glibc

/// The WebSocket server that a load is aimed at.
package struct LoadTarget: Sendable, Equatable {
  /// Numeric, IPv4.
  package let host: String
  package let port: UInt16
  /// The path and the query.
  package let path: String
  /// Whether the connection is by TLS. Whoever answers is trusted.
  package let isSecure: Bool

  /// Reads `ws://HOST[:PORT][/PATH]` or the same with `wss`, where HOST is a numeric IPv4 address or `localhost`.
  package init(url: String) throws(LoadError) {
    guard let scheme = ["ws://", "wss://"].first(where: url.hasPrefix) else {
      throw LoadError("\(url) does not begin with ws:// or wss://")
    }
    isSecure = scheme == "wss://"
    let rest = url.dropFirst(scheme.count)
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let authority = rest[..<slash].split(separator: ":", omittingEmptySubsequences: false)
    let name = authority.first.map(String.init) ?? ""
    host = name == "localhost" ? "127.0.0.1" : name
    let standard: UInt16 = isSecure ? 443 : 80
    guard authority.count <= 2, let port = authority.count == 2 ? UInt16(authority[1]) : standard else {
      throw LoadError("\(url) has no port that is a number")
    }
    self.port = port
    path = slash == rest.endIndex ? "/" : String(rest[slash...])
    guard Self.address(host, port) != nil else { throw LoadError("\(host) is not a numeric IPv4 address") }
  }

  /// The same server at another path.
  package init(_ target: LoadTarget, path: String) {
    (host, port, self.path, isSecure) = (target.host, target.port, path, target.isSecure)
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
