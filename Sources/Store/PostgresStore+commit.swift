package import Conversation
import Log
import Postgres
import Reactor

extension PostgresStore {
  package func commit(_ group: Group, givingUp: ([Int]) -> Void) async -> GroupOutcome {
    await commit(group, isRepeated: false, givingUp: givingUp)
  }

  /// - Parameter isRepeated: whether the group may be committed already, since the answer to that was lost.
  func commit(_ group: Group, isRepeated: Bool, givingUp: ([Int]) -> Void) async -> GroupOutcome {
    var isRepeated = isRepeated
    var isRefused = false
    defer { if isRefused { writability.groupIsDone() } }
    var attempts = 0
    while true {
      do {
        let outcome = try await attempt(group, isRepeated: isRepeated)
        return isRepeated ? group.own(outcome) : outcome
      } catch {
        attempts += 1
        guard error.passes(after: attempts) else {
          return await isolate(group, error, isRepeated: isRepeated, givingUp: givingUp)
        }
        log.warning(
          "a group waits for the database",
          ["parts": group.changes.count + group.growths.count, "error": error.description])
        if error.refusesWrites, !isRefused {
          isRefused = true
          writability.groupWaits()
        }
        if error.leavesNothing, !isRepeated, !group.requests.isEmpty {
          return await commitOwn(of: group, error, givingUp: givingUp)
        }
        if !error.leavesNothing { isRepeated = true }
        await pause(after: attempts)
      }
    }
  }

  /// The database takes nothing for now: who asks is told so at once. What the server itself has to store waits.
  private func commitOwn(
    of group: Group, _ error: PostgresError, givingUp: ([Int]) -> Void
  ) async -> GroupOutcome {
    givingUp(group.requests.sorted())
    if error.refusesWrites { watch(group.part(group.requests.sorted(), [])) }
    var outcome = GroupOutcome(changes: group.changes.map { _ in .unavailable }, growths: [])
    let own = group.changes.indices.filter { !group.requests.contains($0) }
    let rest = group.part(own, Array(group.growths.indices))
    guard !rest.isEmpty else { return outcome }
    let part = await commit(rest, isRepeated: false, givingUp: { _ in })
    for (index, result) in zip(own, part.changes) { outcome.changes[index] = result }
    outcome.growths = part.growths
    return outcome
  }

  /// Tries from time to time whether what was refused would be taken, beside all else that is stored: there may be room
  /// for that.
  private func watch(_ group: Group) {
    writability.groupWaits()
    loop.task {
      var attempts = 0
      repeat {
        attempts += 1
        await pause(after: attempts)
      } while await isRefused(group)
      writability.groupIsDone()
    }
  }

  /// Whether a group would be refused for now: all of it is done, and undone.
  private func isRefused(_ group: Group) async -> Bool {
    let steps = GroupBatch(group, isRepeated: true, node: node, lease: lease).steps
    do {
      _ = try await journal.transaction(steps + [(Statements.undo, [])])
      return false
    } catch {
      return error.step != steps.count && error.isRetryable
    }
  }

  /// Jitter, so that the nodes of a database that comes back do not come at once.
  private func pause(after attempts: Int) async {
    let most = min(50 << UInt64(min(attempts - 1, 10)), 2000)
    await loop.sleep(milliseconds: UInt64.random(in: UInt64(most / 2)...UInt64(most)))
  }

  /// A group failed for what is in it: its sessions are tried in halves until the one that fails stands alone, so that no
  /// bad row takes its neighbours along.
  private func isolate(
    _ group: Group, _ error: PostgresError, isRepeated: Bool, givingUp: ([Int]) -> Void
  ) async -> GroupOutcome {
    let sessions = group.sessions
    var outcome = GroupOutcome(
      changes: group.changes.map { _ in .failed }, growths: group.growths.map { _ in .failed })
    guard sessions.count > 1 else {
      log.error("a change can't be stored", ["error": error, "parts": group.changes.count + group.growths.count])
      return outcome
    }
    let half = Set(sessions.prefix(sessions.count / 2))
    for isFirst in [true, false] {
      let changes = group.changes.indices.filter { half.contains(group.changes[$0].owner) == isFirst }
      let growths = group.growths.indices.filter { half.contains(group.growths[$0].owner) == isFirst }
      let part = await commit(
        group.part(changes, growths), isRepeated: isRepeated,
        givingUp: { places in givingUp(places.map { changes[$0] }) })
      for (index, result) in zip(changes, part.changes) { outcome.changes[index] = result }
      for (index, result) in zip(growths, part.growths) { outcome.growths[index] = result }
    }
    return outcome
  }

  private func attempt(_ group: Group, isRepeated: Bool) async throws(PostgresError) -> GroupOutcome {
    let batch = GroupBatch(group, isRepeated: isRepeated, node: node, lease: lease)
    let results = try await journal.transaction(batch.steps)
    return try batch.outcome(results)
  }
}

extension PostgresError {
  /// Whether the database takes nothing for now, and has certainly not committed what failed.
  fileprivate var leavesNothing: Bool { refusesWrites || kind == .unavailable }

  /// Whether a group that failed by this may be committed later as it is. What the server has no better word for, and
  /// that it has no memory for it, may be the fault of what is in the group after all, where it goes on.
  fileprivate func passes(after attempts: Int) -> Bool {
    guard isRetryable || isConnectionFailure || kind == .tooBusy else { return false }
    let mayBeItsOwn = ["XX000", "53200"].contains(sqlstate) && !refusesWrites
    return !mayBeItsOwn || attempts < 5
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
    case .rate(let rating): .session(rating.session)
    case .stop(let stopping): .session(stopping.session)
    case .note(let noting): .session(noting.session)
    case .keep(let keeping): .session(keeping.session)
    case .decide(let deciding): .session(deciding.session)
    case .delete(let deletion): .session(deletion.session)
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

  /// A group of some of this one's changes and growths, by their places.
  func part(_ changes: [Int], _ growths: [Int]) -> Group {
    Group(
      changes: changes.map { self.changes[$0] }, growths: growths.map { self.growths[$0] }, isShared: isShared,
      requests: Set(changes.indices.filter { requests.contains(changes[$0]) }))
  }

  /// Everyone who has a part in the group, each once, in order.
  var sessions: [Owner] {
    var seen: Set<Owner> = []
    return (changes.map(\.owner) + growths.map(\.owner)).filter { seen.insert($0).inserted }
  }
}
