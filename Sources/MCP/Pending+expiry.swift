import Reactor

extension Pending {
  /// One that is waited for as long as a server is.
  convenience init() { self.init(expiry: MCPError(.timedOut)) }
}
