import Agents
import Conversation
import Log
import Reactor
import Store

/// An answer that an agent is working on.
final class RunningAnswer {
  let session: LiveSession
  /// Tells it from another attempt at the same answer, which this server may have lost and taken over again.
  let attempt: UInt64
  var task: Task<Void, Never>?
  var clock: RunClock
  /// When it began here, in the loop's milliseconds, until its first text.
  var silentSince: UInt64?
  /// The agent, where it waits for its text to be stored.
  var writer: CheckedContinuation<Void, Never>?
  /// Calls of tools whose notes are on their way to the store, by their ids, and who waits for that.
  var unnoted: Set<String> = []
  var noters: [String: CheckedContinuation<Void, Never>] = [:]
  /// Whether the agent's steps are stored, by their numbers.
  let kept = AwaitedResults<Int64, Bool>()
  /// Calls that wait for a person: until when, in the loop's milliseconds, and what was said of them.
  var deadlines: [String: UInt64] = [:]
  let verdicts = AwaitedResults<String, ToolVerdict>()

  init(session: LiveSession, attempt: UInt64, clock: RunClock) {
    self.session = session
    self.attempt = attempt
    self.clock = clock
  }

  /// Lets everything go on that waits: the answer is over.
  func wakeAll() {
    writer.take()?.resume()
    for noter in noters.values { noter.resume() }
    noters = [:]
    kept.end()
    verdicts.end()
  }
}

/// Agents at work.
extension Shard {
  func start(_ question: Question, _ answer: MessageID, in session: LiveSession) {
    // Its row is stored, and is taken over with the others.
    if isDraining { return }
    attempts += 1
    let attempt = attempts
    let begun = session.run.flatMap { $0.answer == answer ? $0.buffer.bytes : nil } ?? []
    let run = RunningAnswer(session: session, attempt: attempt, clock: RunClock(node.settings.times, now: loop.now))
    if begun.isEmpty { run.silentSince = loop.now }
    runs.updateValue(run, forKey: answer)?.wakeAll()
    log.info(
      begun.isEmpty ? "run" : "run goes on", ["session": session.id, "answer": answer, "agent": session.agent.slug])
    guard let agent = roster[session.agent.slug] else {
      return end(answer, attempt, Completion(.failed, error: .absent))
    }
    let key = session.key
    var request = AgentRequest(
      session: session.id, question: String(decoding: question.content, as: UTF8.self),
      context: session.context.bytes, begun: String(decoding: begun, as: UTF8.self)
    ) { [self] limit in
      let turns = try await stored(for: answer, attempt) { store async throws(StoreError) in
        try await store.turns(of: key, before: question.id, limit: limit)
      }
      return turns.map { turn in
        Turn(role: turn.role, text: String(decoding: turn.content, as: UTF8.self), place: turn.place)
      }
    }
    // Before that nobody can have kept any.
    if session.run?.takeovers ?? 0 > 0 {
      request.loadSteps = { [self] in
        let steps = try await stored(for: answer, attempt) { store async throws(StoreError) in
          try await store.steps(of: key, to: answer)
        }
        return steps.map { AgentStep(offset: $0.offset, content: $0.content) }
      }
    }
    request.summaries = SessionSummary(shard: self, answer: answer, attempt: attempt, store: store, session: key)
    let sink = ShardAnswer(shard: self, answer: answer, attempt: attempt, loop: loop)
    run.task = loop.task {
      do {
        try await agent.answer(request, into: sink)
        end(answer, attempt, Completion(.complete))
      } catch is CancellationError {
        end(answer, attempt, Completion(.failed, error: .cancelled))
      } catch is CannotContinue {
        end(answer, attempt, Completion(.interrupted))
      } catch {
        log.warning("an agent failed", ["session": session.id, "answer": answer, "error": "\(error)"])
        let error = AnswerError(
          code: "agent_failed", message: (error as? AgentError)?.message ?? "The agent failed.")
        end(answer, attempt, Completion(.failed, error: error))
      }
    }
  }

  /// An agent is done, with or without success.
  private func end(_ answer: MessageID, _ attempt: UInt64, _ completion: Completion) {
    guard let run = running(answer, attempt) else { return }
    runs[answer] = nil
    run.wakeAll()
    run.session.finish(answer, completion, now: wallClock)
    perform(run.session)
  }

  func running(_ answer: MessageID, _ attempt: UInt64) -> RunningAnswer? {
    runs[answer].flatMap { $0.attempt == attempt ? $0 : nil }
  }

  /// An answer is over before its agent is done.
  func cancel(_ answer: MessageID) {
    guard let run = runs.removeValue(forKey: answer) else { return }
    run.task?.cancel()
    run.wakeAll()
  }

  /// Ends the answers whose agents take too long.
  func endOverdue() {
    for (answer, run) in runs {
      expireCalls(of: answer, run)
      guard let excess = run.clock.excess(now: loop.now) else { continue }
      log.warning("an agent takes too long", ["session": run.session.id, "answer": answer, "limit": "\(excess)"])
      let completion = Completion(.failed, error: node.settings.times.error(excess))
      run.session.expire(answer, completion, now: wallClock)
      perform(run.session)
    }
  }

  /// Lets an agent go on whose text has been stored.
  func wakeWriters(of session: LiveSession) {
    guard let current = session.run, current.buffer.uncommitted <= node.settings.limits.uncommittedBytes else { return }
    runs[current.answer]?.writer.take()?.resume()
  }

  // MARK: What agents write

  func write(_ text: String, to answer: MessageID, _ attempt: UInt64) async throws {
    guard let run = running(answer, attempt) else { throw CancellationError() }
    // PostgreSQL can't store U+0000 in a text.
    let holdsNUL = text.utf8.withContiguousStorageIfAvailable { $0.contains(0) } ?? text.utf8.contains(0)
    let text = holdsNUL ? text.replacing("\0", with: "\u{FFFD}") : text
    run.session.append(text.utf8, to: answer, now: wallClock)
    if !text.isEmpty {
      run.clock.wrote(now: loop.now)
      if let since = run.silentSince.take() { tallyFirstByte(loop.now - since, of: run.session) }
    }
    perform(run.session)
    guard let current = run.session.run, current.answer == answer, runs[answer] === run else {
      throw CancellationError()
    }
    if current.buffer.uncommitted > node.settings.limits.uncommittedBytes {
      run.clock.waits(now: loop.now)
      await withCheckedContinuation { continuation in
        // Asked once more: a task that does not prefer the loop may have been suspended since.
        let isOver = runs[answer] !== run || current.buffer.uncommitted <= node.settings.limits.uncommittedBytes
        if isOver { continuation.resume() } else { run.writer = continuation }
      }
      run.clock.goesOn(now: loop.now)
      if runs[answer] !== run { throw CancellationError() }
    }
  }

  /// The agent is at work, though it writes nothing.
  func showLife(of answer: MessageID, _ attempt: UInt64) {
    running(answer, attempt)?.clock.wrote(now: loop.now)
  }

  func cite(_ citation: Citation, in answer: MessageID, _ attempt: UInt64) {
    running(answer, attempt)?.session.cite(citation, in: answer)
  }

  func report(_ usage: Usage?, of answer: MessageID, _ attempt: UInt64) {
    running(answer, attempt)?.session.report(usage, of: answer)
  }

}

extension AnswerError {
  static let absent = AnswerError(code: "agent_failed", message: "This agent is not available here.")
  static let cancelled = AnswerError(code: "agent_failed", message: "The agent gave up.")
}
