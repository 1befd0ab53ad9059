import Reactor

/// Where a connection comes from, as far as proxies tell it.
final class Origin {
  /// By a PROXY header, or as it was known before the connection changed its engine.
  var told: SocketAddress?
  /// By the fields of the present request.
  var forwarded: SocketAddress?

  init(told: SocketAddress? = nil, forwarded: SocketAddress? = nil) {
    self.told = told
    self.forwarded = forwarded
  }
}
