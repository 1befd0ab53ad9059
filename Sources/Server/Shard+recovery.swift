import Conversation
import Log
import Reactor
import Store

/// What a node leaves behind that is gone.
extension Shard {
  /// Takes over a session's runs, whose leases are this node's now.
  func recover(_ id: SessionID) async {
    // Somebody is on the way in already: the session is theirs to read.
    while opening[id] != nil { await loop.sleep(milliseconds: 20) }
    do {
      if sessions[id] == nil {
        opening[id] = []
        defer { if opening[id]?.isEmpty == true { opening[id] = nil } }
        guard let (record, page) = try await store.open(PageRequest(session: id, limit: 0)) else {
          return turnAway(from: id, ProtocolError(.internal, "the session is gone"), .internalError)
        }
        opened(LiveSession(record, limits: node.settings.limits), page: page, created: false)
      }
    } catch {
      // Its lease runs out, and it is claimed again. Who has come meanwhile must not wait for that.
      for entrant in opening.removeValue(forKey: id) ?? [] {
        backToGreeting(entrant.client, .unavailable(ref: entrant.ref))
      }
      return log.warning("a session's runs can't be taken over yet", ["session": id])
    }
    guard let session = sessions[id] else { return }
    log.info("runs taken over", ["session": id])
    session.recover(now: wallClock)
    perform(session)
    retire(session)
  }
}
