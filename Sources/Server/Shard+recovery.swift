import Conversation
import Log
import Reactor
import Store

/// What a node leaves behind that is gone.
extension Shard {
  /// Takes over a session's runs, whose leases are this node's now.
  /// - Returns: false where that has to be tried again.
  func recover(_ id: SessionID) async -> Bool {
    // Somebody is on the way in already: the session is theirs to read.
    while opening[id] != nil { await loop.sleep(milliseconds: 20) }
    log.info("runs are taken over", ["session": id])
    do {
      if sessions[id] == nil {
        opening[id] = []
        defer { if opening[id]?.isEmpty == true { opening[id] = nil } }
        guard let (record, page) = try await store.open(PageRequest(session: id, limit: 0)) else {
          turnAway(from: id, ProtocolError(.internal, "the session is gone"), .internalError)
          return true
        }
        let session = live(record)
        session.takeOver()
        opened(session, page: page, created: false)
        perform(session)
        return true
      }
    } catch {
      // Who has come meanwhile must not wait for that.
      for entrant in opening.removeValue(forKey: id) ?? [] {
        backToGreeting(entrant.client, .unavailable(ref: entrant.ref))
      }
      log.warning("a session's runs can't be taken over yet", ["session": id])
      return false
    }
    guard let session = sessions[id] else { return true }
    session.takeOver()
    perform(session)
    return true
  }
}
