import Conversation
import Log
import Reactor
import Store
import Transport

/// Sessions that other servers change as well.
extension Shard {
  /// How many connections there are here, and sessions in memory.
  var load: (connections: Int, sessions: Int) { (engine.count, sessions.count) }

  // MARK: Out

  /// Tells the others what a group has changed.
  func announce(_ batch: Journal.Batch) {
    guard node.presence.hasPeers else { return }
    for entry in batch.entries { if let session = entry.session { announced.insert(session.id) } }
    for session in batch.growing { announced.insert(session.id) }
    guard !isAnnouncing, !announced.isEmpty else { return }
    isAnnouncing = true
    loop.task {
      while !announced.isEmpty {
        let ids = Array(announced.prefix(NodeHint.mostSessions))
        announced.subtract(ids)
        // One that is lost is made up for by the others' asking.
        try? await store.announce(ids)
      }
      isAnnouncing = false
    }
  }

  // MARK: In

  /// Other nodes have changed these sessions.
  func hinted(_ ids: [SessionID]) {
    for id in ids {
      if let session = sessions[id] {
        session.hint()
        perform(session)
      } else if opening[id] != nil {
        // What is being read may be older.
        hintedEarly.insert(id)
      }
    }
  }

  /// Reads what is new in a session, however long the store may be away.
  func follow(_ request: NewsRequest, for session: LiveSession) {
    loop.task {
      while true {
        do {
          guard let news = try await store.news(request) else {
            session.vanish()
            return perform(session)
          }
          session.follow(news, now: wallClock)
          perform(session)
          return retire(session)
        } catch {
          for binding in session.newsAreLate() {
            if let client = client(of: binding.reader) { backToGreeting(client, .unavailable(ref: binding.ref)) }
          }
          // Jitter, so that not all sessions come at once when the store is back.
          await loop.sleep(milliseconds: UInt64.random(in: 100...500, using: &random))
        }
      }
    }
  }

  /// Somebody has deleted the session.
  func vanish(_ session: LiveSession) {
    log.info("a session is deleted", ["session": session.id])
    if sessions[session.id] === session { sessions[session.id] = nil }
    for (answer, run) in runs where run.session === session { cancel(answer) }
    for case let client? in clients {
      guard case .bound(let bound, _) = client.stage, bound === session else { continue }
      dismiss(client, .gone(), .unauthenticated)
    }
  }

  /// Asks whether others have changed something, since hints may be lost.
  func poll() async {
    guard node.presence.hasPeers, !isPolling, store.isAvailable else { return }
    isPolling = true
    // Those that could not be opened are nobody's.
    hintedEarly.formIntersection(opening.keys)
    defer { isPolling = false }
    let shared = sessions.values.filter { !$0.isIdle }
    guard !shared.isEmpty, let changed = try? await store.changed(among: shared.map { ($0.key, $0.version) }) else {
      return
    }
    // What is taken away of what waits elsewhere leaves no trace in the store.
    let missed = Set(changed).union(shared.indices.filter { shared[$0].waitsForOthers })
    for place in missed {
      shared[place].hint()
      perform(shared[place])
    }
  }

  /// How long until the store is asked again, in milliseconds.
  var pollInterval: UInt64 {
    node.presence.hintsArrive ? Self.calmPollInterval : node.settings.pollMilliseconds
  }

  private static let calmPollInterval: UInt64 = 1000
}
