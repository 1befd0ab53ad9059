import WebSocketWire

/// Any text as Sec-WebSocket-Extensions: what is read is the same when it is written anew, and what a server agrees to,
/// the client that has offered it understands.
func checkDeflateNegotiation(_ input: inout FuzzInput) {
  let tuning = input.byte()
  var settings = WebSocketDeflateSettings()
  settings.isEnabled = true
  settings.serverKeepsContext = tuning & 1 != 0
  settings.clientKeepsContext = tuning & 2 != 0
  settings.contextWindowBits = 9 + Int(tuning >> 2) % 7
  let field = String(decoding: input.remainder(), as: UTF8.self)
  guard let extensions = WebSocketExtension.list(field) else { return }
  let text = extensions.map(\.description).joined(separator: ", ")
  demand(WebSocketExtension.list(text) == extensions, "\(field) is read as \(text)")

  for offer in extensions.compactMap({ WebSocketDeflateOffer($0) }) {
    demand(WebSocketDeflateOffer(offer.asExtension) == offer, "\(offer) written anew is another offer")
  }
  guard let (agreed, answer) = WebSocketDeflate.agree(on: extensions, settings) else { return }
  let answers = WebSocketExtension.list(answer.description)
  demand(answers == [answer], "the answer \(answer) can't be read")
  // The first offer that can be met is the one that is answered; a client may take the answer for any that it fits.
  let understood = extensions.compactMap { WebSocketDeflateOffer($0) }.contains { offer in
    guard let client = WebSocketDeflate(answer: answer, to: offer) else { return false }
    return fits(server: agreed, client: client)
  }
  demand(understood, "no offer of \(text) is answered by \(answer)")
}

/// Whether neither side refers to more than the other keeps.
private func fits(server: WebSocketDeflate, client: WebSocketDeflate) -> Bool {
  (!server.serverKeepsContext || client.serverKeepsContext) && (!client.clientKeepsContext || server.clientKeepsContext)
    && server.serverWindowBits <= client.serverWindowBits && client.clientWindowBits <= server.clientWindowBits
}
