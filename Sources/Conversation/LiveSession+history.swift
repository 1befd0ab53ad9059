import JSONWire

/// Older messages, when a client asks for them.
extension LiveSession {
  /// `history.page`: as many of the page's latest messages as fit into a frame. Where not even the latest fits, it is
  /// begun there and its rest follows. The answer that the reader is being given is left out: a page would take back
  /// what of it was shown.
  /// - Returns: false where the page was read before a message was changed that may be on it, of which its reader may
  ///   have been told already: it has to be read again.
  package func show(_ page: Page, to origin: Origin) -> Bool {
    guard page.version >= markedAt else { return false }
    let reader = origin.reader
    var pile = MessagePile(
      room: limits.frameBytes - 256 - 6 * (origin.ref?.utf8.count ?? 0), expecting: page.messages.count)
    var before = page.hasMore ? page.messages.first?.createdVersion : nil
    for message in page.messages.reversed() where message.id != reader.streaming?.message {
      if pile.add(message) { continue }
      guard pile.isEmpty else {
        before = message.createdVersion + 1
        break
      }
      reader.owe(message, from: pile.begin(message, message.content.span.bytes))
    }
    let frame = ServerFrame.frame("history.page", ref: origin.ref) { json in
      json.key("messages")
      pile.write(to: &json)
      json.key("before")
      json.nullable(before.map { HistoryCursor(createdVersion: $0).text })
    }
    act(.send(reader, frame))
    act(.deliver)
    return true
  }
}
