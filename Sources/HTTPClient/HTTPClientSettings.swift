/// How a client goes out. Proxies are those of the environment (`http_proxy`, `https_proxy`, `no_proxy`), which the
/// machine's own addresses are never asked through.
package struct HTTPClientSettings: Sendable {
  /// Which addresses a host's name may stand for.
  package enum Reach: Sendable {
    /// All: for what an operator has named.
    case everywhere
    /// Those of the public internet alone, proxies' too: for what somebody else has named.
    case publicInternet
  }

  /// It belongs to a whole client, since requests share connections.
  package var reach = Reach.everywhere
  /// What it calls itself.
  package var userAgent = "skein"
  /// A file of the authorities that are trusted (PEM), in place of the system's; nil: the system's.
  package var authorities: String?
  /// A proxy for everything, in place of the environment's; nil: the environment's.
  package var proxy: String?
  /// How much of an answer waits for whoever reads it before the other side is no longer read from, in bytes.
  package var bufferBytes = 64 * 1024
  /// The largest head of an answer, in bytes.
  package var headBytes = 64 * 1024
  /// How many connections are kept for later requests.
  package var keptConnections = 64
  /// How long the rest of an answer that was left may take, so that its connection is kept, in milliseconds.
  package var leavingMilliseconds: UInt64 = 1000

  package init() {}
}
