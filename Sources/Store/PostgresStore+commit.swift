package import Conversation
import Log
import Postgres
import Reactor

extension PostgresStore {
  package func commit(_ group: Group) async -> GroupOutcome { await commit(group, isRepeated: false) }

  /// - Parameter isRepeated: whether the group may be committed already, since the answer to that was lost.
  func commit(_ group: Group, isRepeated: Bool) async -> GroupOutcome {
    var isRepeated = isRepeated
    var pause: UInt64 = 50
    while true {
      do {
        let outcome = try await attempt(group, isRepeated: isRepeated)
        return isRepeated ? group.own(outcome) : outcome
      } catch {
        guard error.isRetryable || error.isConnectionFailure || error.kind == .tooBusy else {
          return await isolate(group, error, isRepeated: isRepeated)
        }
        isRepeated = true
        log.warning("a group waits for the database", ["parts": group.changes.count + group.growths.count])
        // Jitter, so that the nodes of a database that comes back do not come at once.
        await loop.sleep(milliseconds: UInt64.random(in: pause / 2...pause))
        pause = min(pause * 2, 2000)
      }
    }
  }

  /// A group failed for what is in it: its sessions are tried in halves until the one that fails stands alone, so that no
  /// bad row takes its neighbours along.
  private func isolate(_ group: Group, _ error: PostgresError, isRepeated: Bool) async -> GroupOutcome {
    let sessions = group.sessions
    guard sessions.count > 1 else {
      log.error("a change can't be stored", ["error": error, "parts": group.changes.count + group.growths.count])
      return GroupOutcome(
        changes: group.changes.map { _ in .failed }, growths: group.growths.map { _ in .failed })
    }
    let half = Set(sessions.prefix(sessions.count / 2))
    var outcome = GroupOutcome(
      changes: group.changes.map { _ in .failed }, growths: group.growths.map { _ in .failed })
    for isFirst in [true, false] {
      let changes = group.changes.indices.filter { half.contains(group.changes[$0].owner) == isFirst }
      let growths = group.growths.indices.filter { half.contains(group.growths[$0].owner) == isFirst }
      let part = await commit(
        Group(
          changes: changes.map { group.changes[$0] }, growths: growths.map { group.growths[$0] },
          isShared: group.isShared),
        isRepeated: isRepeated)
      for (index, result) in zip(changes, part.changes) { outcome.changes[index] = result }
      for (index, result) in zip(growths, part.growths) { outcome.growths[index] = result }
    }
    return outcome
  }

  private func attempt(_ group: Group, isRepeated: Bool) async throws(PostgresError) -> GroupOutcome {
    let batch = GroupBatch(group, isRepeated: isRepeated, node: node, lease: Self.leaseMilliseconds)
    let results = try await journal.transaction(batch.steps)
    return try batch.outcome(results)
  }
}

/// Whose a part of a group is, for keeping what belongs together together.
enum Owner: Hashable {
  case session(SessionKey)
  case newSession(SessionID)
}

extension Change {
  var owner: Owner {
    switch self {
    case .create(let creation): .newSession(creation.id)
    case .accept(let acceptance): .session(acceptance.session)
    case .begin(let beginning): .session(beginning.session)
    case .complete(let ending): .session(ending.session)
    case .retry(let retry): .session(retry.session)
    case .update(let update): .session(update.session)
    case .stop(let stopping): .session(stopping.session)
    }
  }
}

extension Growth {
  var owner: Owner { .session(session) }
}

extension Group {
  /// What became of a group that was committed again. A message that is there already, of the instant that this group
  /// gives it, is one that the group has stored itself: nobody was told so yet.
  func own(_ outcome: GroupOutcome) -> GroupOutcome {
    var outcome = outcome
    for (place, change) in changes.enumerated() {
      if case .retry(let retry) = change, !retry.onlyDuplicate, case .retried(var retried) = outcome.changes[place],
        retried.createdAt == retry.createdAt
      {
        retried.isDuplicate = false
        outcome.changes[place] = .retried(retried)
      }
      guard case .accept(let acceptance) = change, !acceptance.onlyDuplicate,
        case .duplicate(let version, acceptance.createdAt, .user) = outcome.changes[place]
      else { continue }
      outcome.changes[place] = .committed(version: version, createdAt: acceptance.createdAt)
    }
    return outcome
  }

  /// Everyone who has a part in the group, each once, in order.
  var sessions: [Owner] {
    var seen: Set<Owner> = []
    return (changes.map(\.owner) + growths.map(\.owner)).filter { seen.insert($0).inserted }
  }
}
