import Accounts
import Conversation
import Log
import Postgres
import Reactor
import Store

/// Tokens of models, of which a site, a visitor or a key has so many a day. They are counted as answers end, in memory,
/// and once a second into the database, where all servers count together: so somebody goes over its budget by what it
/// asks for until that has come round.
extension Shard {
  /// In UTC, counted since 1970.
  var today: Int64 { wallClock / Self.dayMilliseconds }

  private static let dayMilliseconds: Int64 = 86_400_000

  private func spender(_ owner: [UInt8], on site: Int64) -> Spender {
    Spender(site: site, kind: directory.credentials.isKey(owner) ? .key : .visitor, owner: owner)
  }

  /// An answer has ended, and is stored.
  func spend(_ usage: Usage, in session: LiveSession) {
    spending.note(
      usage.inputTokens + usage.outputTokens, by: spender(session.owner, on: session.site), on: today)
  }

  /// How long it takes until somebody may have answers made again, where it, or its site, has used up the day's tokens.
  func delayOfTokens(_ client: Client) -> Delay? {
    guard !node.spent.isEmpty, let owner = client.passport.owner else { return nil }
    let day = today
    guard node.spent.holds(spender(owner, on: client.passport.site.id), on: day) else { return nil }
    return Delay(Int((day + 1) * Self.dayMilliseconds - wallClock), "the tokens of this day are used up")
  }

  /// Stores what was used.
  func storeSpending() {
    guard !spending.isEmpty, store.isAvailable else { return }
    loop.task { await storeSpendingAtLast() }
  }

  func storeSpendingAtLast() async {
    guard !spending.isEmpty else { return }
    let used = spending
    spending = TokenUsage()
    do {
      try await books.budgets.add(used)
    } catch {
      // What may have been stored is rather lost than counted twice.
      if !error.outcomeUnknown { spending.add(used) }
      log.debug("tokens can't be counted", ["error": error])
    }
  }
}
