import Conversation
import Log
import Postgres
import Reactor
import Store

/// Counting what happens, for analytics: in memory, and every few seconds into the database. A server that is killed
/// loses what it has counted since.
extension Shard {
  /// How often it is stored, in milliseconds.
  private static let tallyInterval: UInt64 = 5000

  func tally(_ entry: Journal.Entry, _ outcome: Outcome) {
    switch (entry.change, outcome) {
    case (.create(let creation), .created):
      activity.note(Activity.Place(site: creation.site, agent: creation.agent, now: wallClock)) { $0.sessions += 1 }
    case (.accept, .committed):
      if let session = entry.session { activity.note(place(of: session)) { $0.messages += 1 } }
    case (.complete(let ending), .committed):
      guard let session = entry.session else { return }
      activity.ended(ending.completion, at: place(of: session))
      if let usage = ending.completion.usage { spend(usage, in: session) }
    case (.rate(let rating), .committed):
      guard let session = entry.session else { return }
      activity.note(place(of: session)) { counts in
        if rating.rating == .up { counts.ratingsUp += 1 }
        if rating.rating == .down { counts.ratingsDown += 1 }
      }
    default: break
    }
  }

  func tallyFirstByte(_ milliseconds: UInt64, of session: LiveSession) {
    activity.note(place(of: session)) { $0.firstBytes.add(Int64(milliseconds)) }
  }

  func tallyResume(of session: LiveSession) { activity.note(place(of: session)) { $0.resumes += 1 } }

  private func place(of session: LiveSession) -> Activity.Place {
    Activity.Place(site: session.site, agent: session.agent.id, now: wallClock)
  }

  /// Stores it where it is time to.
  func storeActivity() {
    guard !activity.isEmpty, loop.now >= tallyAt, store.isAvailable else { return }
    tallyAt = loop.now + Self.tallyInterval
    loop.task { await storeActivityAtLast() }
  }

  /// Stores it now.
  func storeActivityAtLast() async {
    guard !activity.isEmpty else { return }
    let counted = activity
    activity = Activity()
    do {
      try await books.activity.add(counted)
    } catch {
      // What may have been stored is rather lost than counted twice.
      if !error.outcomeUnknown { activity.add(counted) }
      log.debug("what happened can't be counted", ["error": error])
    }
  }
}
