import Conversation
import Log
import Reactor
import Store

/// What a node leaves behind that is gone.
extension Shard {
  /// So many sessions are taken over at a time. It bounds the memory of those that are only read for it.
  private static let mostRecovering = 64

  /// Takes over sessions' runs, whose leases are this node's now.
  /// - Returns: the sessions of which that is done; with the others it has to be tried again.
  func recover(_ ids: [SessionID]) async -> [SessionID] {
    var coming = ids.makeIterator()
    var recovered: [SessionID] = []
    await withTaskGroup(of: SessionID?.self) { group in
      for _ in 0..<Self.mostRecovering {
        guard let id = coming.next() else { break }
        group.addTask { await self.recover(id) ? id : nil }
      }
      for await id in group {
        if let id { recovered.append(id) }
        if let id = coming.next() { group.addTask { await self.recover(id) ? id : nil } }
      }
    }
    return recovered
  }

  /// - Returns: false where that has to be tried again.
  private func recover(_ id: SessionID) async -> Bool {
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
        if record.isDeleted {
          turnAway(from: id, .notTheOwner, .unauthenticated)
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
