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
    var parts: [[UInt8]] = []
    var room = limits.frameBytes - 256 - 6 * (origin.ref?.utf8.count ?? 0)
    var before = page.hasMore ? page.messages.first?.createdVersion : nil
    for message in page.messages.reversed() where message.id != reader.streaming?.message {
      var json = JSONWriter()
      json.message(message)
      if json.bytes.count + 1 > room {
        guard parts.isEmpty else {
          before = message.createdVersion + 1
          break
        }
        let limit = room - 1 - message.fieldBytes
        json = JSONWriter()
        let written = json.message(message, limit: max(0, limit))
        reader.owe(message, from: written)
      }
      parts.append(json.bytes)
      room -= json.bytes.count + 1
    }
    let frame = ServerFrame.frame("history.page", ref: origin.ref) { json in
      json.key("messages")
      json.beginArray()
      for part in parts.reversed() { json.raw(part) }
      json.endArray()
      json.key("before")
      json.nullable(before.map { HistoryCursor(createdVersion: $0).text })
    }
    act(.send(reader, frame))
    act(.deliver)
    return true
  }
}
