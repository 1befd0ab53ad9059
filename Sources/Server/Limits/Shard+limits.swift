import Conversation
import ProxyWire
import Reactor
import Store
import Transport

/// How often a visitor, an address and a site may send.
package struct MessageRates: Sendable {
  /// Messages a minute; 0: no limit.
  package var visitor = 1200
  package var address = 0
  package var site = 0
}

/// The same, as they are counted.
struct CountedRates: Sendable {
  let visitor: Rate?
  let address: Rate?
  let site: Rate?

  init(_ rates: MessageRates) {
    visitor = Rate(perMinute: rates.visitor)
    address = Rate(perMinute: rates.address)
    site = Rate(perMinute: rates.site)
  }
}

extension Shard {
  /// Whether a client may send one message more.
  /// - Returns: when it may, in milliseconds; nil: now.
  func delayOfMessage(_ client: Client) -> Int? {
    let rates = node.rates
    var shares: [(RateLimiter.Holder, Rate)] = []
    if let rate = rates.visitor, let owner = client.passport.owner { shares.append((.visitor(owner), rate)) }
    if let rate = rates.address { shares.append((.network(client.network), rate)) }
    if let rate = rates.site { shares.append((.site(client.passport.site.id), rate)) }
    guard !shares.isEmpty else { return nil }
    let wait = node.limiter.take(shares, now: EventLoop.monotonicMilliseconds() * 1000)
    return wait == 0 ? nil : Int(wait / 1000) + 1
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
