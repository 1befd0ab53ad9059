/// What both sides have agreed on of permessage-deflate (RFC 7692 section 7.1).
package struct WebSocketDeflate: Equatable, Sendable {
  /// Whether the server's messages may refer to those before.
  package var serverKeepsContext: Bool
  /// Whether the client's messages may refer to those before.
  package var clientKeepsContext: Bool
  /// The server's largest window, in bits, 8 to 15.
  package var serverWindowBits: UInt8 = 15
  /// The client's largest window, in bits, 8 to 15.
  package var clientWindowBits: UInt8 = 15

  package init(
    serverKeepsContext: Bool, clientKeepsContext: Bool, serverWindowBits: UInt8 = 15, clientWindowBits: UInt8 = 15
  ) {
    self.serverKeepsContext = serverKeepsContext
    self.clientKeepsContext = clientKeepsContext
    self.serverWindowBits = serverWindowBits
    self.clientWindowBits = clientWindowBits
  }

  /// The server's choice: the first offer that it can meet, and the answer that says so. Nil where there is none, which
  /// leaves the connection uncompressed.
  package static func agree(
    on offers: [WebSocketExtension], _ settings: WebSocketDeflateSettings
  ) -> (agreed: WebSocketDeflate, answer: WebSocketExtension)? {
    guard settings.isEnabled else { return nil }
    for offer in offers {
      if let offer = WebSocketDeflateOffer(offer), let result = agree(on: offer, settings) { return result }
    }
    return nil
  }

  private static func agree(
    on offer: WebSocketDeflateOffer, _ settings: WebSocketDeflateSettings
  ) -> (agreed: WebSocketDeflate, answer: WebSocketExtension)? {
    var agreed = WebSocketDeflate(
      serverKeepsContext: settings.serverKeepsContext && !offer.serverNoContextTakeover,
      clientKeepsContext: settings.clientKeepsContext && !offer.clientNoContextTakeover)
    var answer = WebSocketExtension(WebSocketDeflateOffer.name)
    if !agreed.serverKeepsContext { answer.parameters.append(.init("server_no_context_takeover")) }
    if !agreed.clientKeepsContext { answer.parameters.append(.init("client_no_context_takeover")) }
    let own = UInt8(settings.contextWindowBits)
    if let most = offer.serverMaxWindowBits {
      // zlib makes no raw stream with a window of 8 bits; a server may decline (section 7.1.2.1).
      guard most > 8 else { return nil }
      agreed.serverWindowBits = agreed.serverKeepsContext ? min(most, own) : most
      answer.parameters.append(.init("server_max_window_bits", "\(agreed.serverWindowBits)"))
    }
    // Without takeover all are read by one decompressor, with the largest window: nothing is gained by a smaller one.
    if agreed.clientKeepsContext, offer.clientWindow != .fixed {
      agreed.clientWindowBits = own
      if case .hint(let bits) = offer.clientWindow { agreed.clientWindowBits = min(bits, own) }
      answer.parameters.append(.init("client_max_window_bits", "\(agreed.clientWindowBits)"))
    }
    return (agreed, answer)
  }

  /// The client's reading of an answer to its offer. Nil where it may not be the answer, which fails the connection
  /// (section 7.1).
  package init?(answer: WebSocketExtension, to offer: WebSocketDeflateOffer) {
    var parameters = WebSocketDeflateParameters()
    guard answer.name == WebSocketDeflateOffer.name, parameters.read(answer),
      parameters.serverNoContextTakeover || !offer.serverNoContextTakeover
    else { return nil }
    serverKeepsContext = !parameters.serverNoContextTakeover
    clientKeepsContext = !parameters.clientNoContextTakeover && !offer.clientNoContextTakeover
    if let given = parameters.serverMaxWindowBits {
      guard let bits = given, bits <= offer.serverMaxWindowBits ?? 15 else { return nil }
      serverWindowBits = bits
    } else if offer.serverMaxWindowBits != nil {
      return nil
    }
    if let given = parameters.clientMaxWindowBits {
      guard let bits = given, offer.clientWindow != .fixed else { return nil }
      clientWindowBits = bits
    }
    if case .hint(let bits) = offer.clientWindow { clientWindowBits = min(clientWindowBits, bits) }
  }
}
