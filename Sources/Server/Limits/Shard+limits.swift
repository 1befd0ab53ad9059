import Conversation
import ProxyWire
import Reactor
import Store
import Transport

/// How often a visitor, an address and a site may do something.
package struct Rates: Sendable {
  /// So often a minute; 0: no limit.
  package var visitor: Int
  package var address = 0
  package var site = 0

  package init(visitor: Int) { self.visitor = visitor }
}

/// The same, as they are counted.
struct CountedRates: Sendable {
  private let visitor: Rate?
  private let address: Rate?
  private let site: Rate?
  private let clock: @Sendable () -> UInt64
  private let limiter = RateLimiter()

  /// - Parameter clock: in milliseconds.
  init(_ rates: Rates, clock: @escaping @Sendable () -> UInt64) {
    self.clock = clock
    visitor = Rate(perMinute: rates.visitor)
    address = Rate(perMinute: rates.address)
    site = Rate(perMinute: rates.site)
  }

  /// Counts one more of a client.
  /// - Returns: when it may do that, in milliseconds; nil: now.
  func delay(of client: Client) -> Int? {
    var shares: [(RateLimiter.Holder, Rate)] = []
    if let visitor, let owner = client.passport.owner { shares.append((.visitor(owner), visitor)) }
    if let address { shares.append((.network(client.network), address)) }
    if let site { shares.append((.site(client.passport.site.id), site)) }
    guard !shares.isEmpty else { return nil }
    let wait = limiter.take(shares, now: clock() * 1000)
    return wait == 0 ? nil : Int(wait / 1000) + 1
  }
}

extension Shard {
  /// Why a client may not send one message more for now; nil: it may.
  func delayOfMessage(_ client: Client) -> Delay? {
    // What is refused for the day takes nothing of the minute.
    delayOfTokens(client) ?? node.messageRates.delay(of: client).map { Delay($0, "too many messages") }
  }

  /// Counts one that comes to stay, once; one that comes too often is sent away.
  func takesConnection(_ client: Client, ref: String?) -> Bool {
    guard client.passport.errand.isReading, !client.passport.isCounted else { return true }
    client.passport.isCounted = true
    guard let delay = node.connectionRates.delay(of: client) else { return true }
    dismiss(client, .tooMuch(Delay(delay, "too many connections"), ref: ref), .tooMany)
    return false
  }
}

extension Client {
  /// What its address counts as; 0 where that is not known.
  var network: UInt64 {
    if let knownNetwork { return knownNetwork }
    let network = connection.peer.flatMap { IPAddress($0.host) }?.network ?? 0
    knownNetwork = network
    return network
  }
}
