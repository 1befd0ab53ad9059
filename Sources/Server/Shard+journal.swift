import Conversation
import Reactor
import Store

/// Groups go one after the other, without a pause while there is work.
extension Shard {
  func commitNextGroup() {
    if !store.takesChanges { giveUpRequests() }
    guard let batch = journal.next(limit: node.settings.groupSize, isShared: node.presence.hasPeers) else { return }
    loop.task {
      let outcome = await store.commit(batch.group) { places in
        for place in places { settle(batch.entries[place], .unavailable, wallClock) }
      }
      journal.finished()
      announce(batch)
      settle(batch, outcome)
    }
  }

  /// The store takes nothing for now: who waits for what is not on its way yet is told so, and may ask again.
  private func giveUpRequests() {
    // What one has waited for may have held back another.
    while case let requests = journal.takeRequests(), !requests.isEmpty {
      for request in requests { settle(request, .unavailable, wallClock) }
    }
  }

  /// Tells each session what became of its changes: in the order of versions, then bytes, then what takes no version.
  private func settle(_ batch: Journal.Batch, _ outcome: GroupOutcome) {
    let now = wallClock
    let versioned = batch.entries.indices.compactMap { index -> (version: Int64, index: Int)? in
      outcome.changes[index].version.map { ($0, index) }
    }.sorted { $0.version < $1.version }
    var isSettled = Array(repeating: false, count: batch.entries.count)
    for (_, index) in versioned {
      isSettled[index] = true
      settle(batch.entries[index], outcome.changes[index], now)
    }
    for (index, session) in batch.growing.enumerated() {
      session.settle(batch.group.growths[index], outcome.growths[index], now: now)
      perform(session)
      wakeWriters(of: session)
    }
    for (index, entry) in batch.entries.enumerated() where !isSettled[index] && outcome.changes[index] != .unavailable {
      settle(entry, outcome.changes[index], now)
    }
    for session in batch.growing { retire(session) }
  }

  private func settle(_ entry: Journal.Entry, _ outcome: Outcome, _ now: Int64) {
    entry.completion?(outcome)
    tally(entry, outcome)
    guard let session = entry.session else { return }
    session.settle(entry.change, entry.origin, outcome, now: now)
    perform(session)
    retire(session)
  }
}
