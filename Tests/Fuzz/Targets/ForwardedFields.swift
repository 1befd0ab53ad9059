import ProxyWire

/// Any text that a client may have put into the fields of forwarding: once a trusted proxy has appended whom it was asked
/// by, nobody else is taken for the client. The first line is X-Forwarded-For, the second Forwarded, the third a range.
func checkForwardedFields(_ input: inout FuzzInput) {
  let lines = input.remainder().split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
    .map { String(decoding: $0, as: UTF8.self) }
  guard let proxy = IPAddress("10.0.0.1"), let client = IPAddress("192.0.2.1"),
    let trusted = AddressRange.list("10.0.0.0/8")
  else { return }
  let first = lines[0]
  let second = lines.count > 1 ? lines[1] : ""
  func found(_ forwardedFor: String?, _ forwarded: String?, from peer: IPAddress) -> IPAddress {
    ForwardedFields.client(peer: peer, forwardedFor: forwardedFor, forwarded: forwarded, trusted: trusted)
  }
  demand(found(first, second, from: client) == client, "a client's own claim counts")
  demand(found(first + ", 192.0.2.1", nil, from: proxy) == client, "X-Forwarded-For hides the client")
  demand(found(first + ",192.0.2.1:80, 10.0.0.2", nil, from: proxy) == client, "X-Forwarded-For hides the client")
  // A quote that the client has left open makes the list unreadable, and the proxy answers for it.
  for appended in [", for=192.0.2.1", ",for=\"192.0.2.1:80\";proto=http"] {
    let address = found(nil, second + appended, from: proxy)
    demand(address == client || address == proxy && second.utf8.contains(0x22), "Forwarded makes it \(address)")
  }
  // Where the proxy writes one of them only, the other is the client's claim alone.
  let address = found(first + ", 192.0.2.1", second, from: proxy)
  demand(address == client || address == proxy, "a claim in Forwarded makes it \(address)")

  guard lines.count > 2, let range = AddressRange(lines[2]) else { return }
  let text = range.description
  demand(AddressRange(text) == range, "\(lines[2]) is read as \(text)")
  demand(IPAddress(String(text.prefix { $0 != "/" })).map(range.contains) == true, "\(text) lacks its first address")
}
