import Conversation
import Log
import Reactor
import Store

/// What a node leaves behind that is gone.
extension Shard {
  /// Takes over sessions' runs, whose leases are this node's now.
  /// - Returns: the sessions of which that is done; with the others it has to be tried again.
  func recover(_ ids: [SessionID]) async -> [SessionID] {
    var recovered: [SessionID] = []
    for start in stride(from: 0, to: ids.count, by: Self.mostOpened) {
      recovered += await recover(group: Array(ids[start..<min(start + Self.mostOpened, ids.count)]))
    }
    return recovered
  }

  private func recover(group: [SessionID]) async -> [SessionID] {
    // Somebody is on the way in already: the session is theirs to read.
    while group.contains(where: { opening[$0] != nil }) { await loop.sleep(milliseconds: 20) }
    for id in group { log.info("runs are taken over", ["session": id]) }
    let absent = group.filter { sessions[$0] == nil }
    for id in absent { opening[id] = [] }
    var recovered = group.filter { !absent.contains($0) }
    for id in recovered { if let session = sessions[id] { takeOver(session) } }
    guard !absent.isEmpty else { return recovered }
    for (id, result) in zip(absent, await store.open(absent.map { PageRequest(session: $0, limit: 0) })) {
      if case .success(nil) = result {
        turnAway(from: id, ProtocolError(.internal, "the session is gone"), .internalError)
        recovered.append(id)
      } else if case .success(let (record, _)?) = result, record.isDeleted {
        turnAway(from: id, .notTheOwner, .unauthenticated)
        recovered.append(id)
      } else if case .success(let (record, _)?) = result, let session = live(record) {
        session.takeOver()
        // Who has come meanwhile reads a page of its own.
        opened(session, page: nil, created: false)
        perform(session)
        recovered.append(id)
      } else {
        // Nor must they wait for that.
        putOff(id)
        log.warning("a session's runs can't be taken over yet", ["session": id])
      }
    }
    return recovered
  }

  private func takeOver(_ session: LiveSession) {
    session.takeOver()
    perform(session)
  }
}
