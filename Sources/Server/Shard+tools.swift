import Agents
import Conversation
import Reactor
import Store

/// Calls of tools, as agents tell of them, and persons decide them.
extension Shard {
  /// Notes a call, and waits until that is stored. That time is not the agent's own.
  /// - Parameter milliseconds: how long persons may take to agree to it, where it waits for them.
  func note(_ call: ToolCall, within milliseconds: UInt64? = nil, to answer: MessageID, _ attempt: UInt64) async {
    guard let run = running(answer, attempt),
      run.session.note(call.json, within: milliseconds.map { Int64(clamping: $0) }, to: answer)
    else { return }
    await stored(call.id, of: answer, run)
  }

  /// Notes what was thought, in the same way.
  func think(_ text: String, isCut: Bool, in answer: MessageID, _ attempt: UInt64) async {
    guard let run = running(answer, attempt), let id = run.session.think(text, isCut: isCut, in: answer) else { return }
    await stored(id, of: answer, run)
  }

  /// Waits until what was just noted is stored.
  private func stored(_ id: String, of answer: MessageID, _ run: RunningAnswer) async {
    run.unnoted.insert(id)
    run.clock.waits(now: loop.now)
    perform(run.session)
    await withCheckedContinuation { continuation in
      // Asked now: it may be over already, or stored.
      let isDone = runs[answer] !== run || !run.unnoted.contains(id)
      if isDone { continuation.resume() } else { run.noters[id] = continuation }
    }
    run.clock.goesOn(now: loop.now)
  }

  /// A call is noted.
  func noted(_ answer: MessageID, _ call: String) {
    guard let run = runs[answer] else { return }
    run.unnoted.remove(call)
    run.noters.removeValue(forKey: call)?.resume()
  }

  /// Keeps a step of an agent's work, and waits until that is stored. That time is not the agent's own.
  func keep(_ step: [UInt8], for answer: MessageID, _ attempt: UInt64) async throws {
    guard let run = running(answer, attempt), let number = run.session.keep(step, for: answer) else {
      throw CancellationError()
    }
    run.clock.waits(now: loop.now)
    perform(run.session)
    let isStored = await run.kept.value(for: number)
    run.clock.goesOn(now: loop.now)
    guard runs[answer] === run, let isStored else { throw CancellationError() }
    // What is done behind a step that is not there might be done again.
    guard isStored else { throw AgentError(AnswerError.storage.message) }
  }

  /// A step is stored, or can't be.
  func kept(_ answer: MessageID, _ step: Int64, _ isStored: Bool) {
    runs[answer]?.kept.come(isStored, for: step)
  }

  /// Asks the session's persons whether a call may be made, and waits for what they say. That time is not the agent's own.
  func ask(
    _ call: ToolCall, within milliseconds: UInt64, for answer: MessageID, _ attempt: UInt64
  ) async throws -> ToolVerdict {
    guard let run = running(answer, attempt) else { throw CancellationError() }
    var call = call
    call.status = .waiting
    run.clock.waits(now: loop.now)
    defer { run.clock.goesOn(now: loop.now) }
    var left = milliseconds
    let status = run.session.status(of: call.id, in: answer)
    if status != nil {
      // What a server that is gone has asked already is not asked again, and may have been decided since.
      let (id, key) = (call.id, run.session.key)
      let known = try await stored(for: answer, attempt) { store async throws(StoreError) in
        try await store.standing(of: id, in: answer, of: key)
      }
      if let verdict = known.verdict { return verdict }
      if let rest = known.millisecondsLeft { left = UInt64(max(0, rest)) }
    }
    // Where it has told of the call without asking, nobody had to agree to it then.
    if status != .waiting {
      left = milliseconds
      await note(call, within: milliseconds, to: answer, attempt)
    }
    guard runs[answer] === run else { throw CancellationError() }
    run.deadlines[call.id] = loop.now + left
    let verdict = await run.verdicts.value(for: call.id)
    run.deadlines[call.id] = nil
    guard runs[answer] === run, let verdict else { throw CancellationError() }
    return verdict
  }

  /// It is committed what becomes of a call that waits.
  func decided(_ answer: MessageID, _ call: String, _ verdict: ToolVerdict) {
    runs[answer]?.verdicts.come(verdict, for: call)
  }

  /// Gives up on persons who have not said anything in time. That is a decision like theirs: the first one counts.
  func expireCalls(of answer: MessageID, _ run: RunningAnswer) {
    for (call, deadline) in run.deadlines where loop.now >= deadline {
      run.deadlines[call] = nil
      run.session.expire(call, of: answer)
      perform(run.session)
    }
  }
}
