import Synchronization

/// The context that new connections are given; it can be replaced while others go on with theirs.
package final class TLSContextStore: Sendable {
  private let configuration: TLSContext.Configuration
  private let tickets: TLSTicketKeys
  private let context: Mutex<TLSContext>

  package init(_ configuration: TLSContext.Configuration) throws(TLSError) {
    self.configuration = configuration
    tickets = TLSTicketKeys()
    context = Mutex(try TLSContext(configuration, tickets: tickets))
  }

  /// The context for a new connection.
  package var current: TLSContext { context.withLock { $0 } }

  /// Reads the certificates again. Where that fails the old ones stay.
  package func reload() throws(TLSError) {
    let fresh = try TLSContext(configuration, tickets: tickets)
    context.withLock { $0 = fresh }
  }
}
