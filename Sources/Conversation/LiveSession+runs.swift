/// Answers in the making: one at a time.
extension LiveSession {
  /// Begins to answer the next question, where none is being answered.
  func startNext(now: Int64) {
    // What waits on another node may be next there.
    guard !isGone, run == nil, let question = waiting.first, !holdsRuns, !wantsNews,
      !elsewhere.contains(where: { $0.place < question.place })
    else { return }
    waiting.removeFirst()
    let answer = makeID()
    run = Run(question: question, answer: answer, startedAt: now, durability: durability)
    commit(
      .begin(
        Change.Beginning(
          session: key, question: question.id, answer: answer, createdAt: now, durability: durability)))
    if stoppedBeforeStart.remove(question.id) != nil {
      run?.isStopping = true
      finish(answer, Completion(.stopped, reason: .user), now: now)
    } else {
      act(.run(question: question, answer: answer))
    }
  }

  /// Text of an agent for its answer; text for an answer that is over is dropped.
  /// - Returns: whether the answer still takes text.
  @discardableResult
  package func append(_ text: some Collection<UInt8>, to answer: MessageID, now: Int64) -> Bool {
    guard let run = making(answer) else { return false }
    guard run.buffer.append(text, limit: limits.answerBytes) else {
      end(run, Completion(.stopped, reason: .limit), now: now)
      return false
    }
    if run.isSubmitted { act(.grown) }
    if run.durability == .relaxed, run.message != nil {
      deltas.forget()
      act(.deliver)
    }
    return true
  }

  /// Notes what a model has counted of an answer until now.
  package func report(_ usage: Usage?, of answer: MessageID) { making(answer)?.usage = usage }

  /// Adds a source to an answer.
  package func cite(_ citation: Citation, in answer: MessageID) { making(answer)?.citations.append(citation) }

  /// The run of an answer that is being made here.
  func making(_ answer: MessageID) -> Run? {
    run.flatMap { $0.answer == answer && $0.completion == nil && !$0.isForeign ? $0 : nil }
  }

  /// An agent is done with its answer.
  package func finish(_ answer: MessageID, _ completion: Completion, now: Int64) {
    guard let run = making(answer) else { return }
    var completion = completion
    completion.usage = run.usage
    completion.citations = run.citations
    completion.processingMilliseconds = max(0, now - run.startedAt)
    completion.tools = run.calls.ended.json
    run.completion = completion
    commit(
      .complete(
        Change.Ending(
          session: key, question: run.question.id, answer: answer, content: run.buffer.bytes, completion: completion,
          takeovers: run.takeovers, hasSteps: run.steps > 0 || run.takeovers > 0)))
  }

  /// Takes over what another process has left: its unfinished answer goes on where its agent can continue it, and ends as
  /// `interrupted` where not, or where more of it was shown than is stored; the questions that wait are answered. One that
  /// ends leaves them first, and may write its answer to the end.
  package func recover(now: Int64) {
    if let run, run.isForeign, run.isMine, run.completion == nil {
      let (isInterrupted, isStopping) = (isInterrupted(run), run.isStopping)
      if isInterrupted || isStopping {
        run.isForeign = false
        finish(run.answer, Completion(.stopped, reason: isInterrupted ? .interrupt : .user), now: now)
      } else if !agentContinues || isOverdue(run) || run.durability == .relaxed || run.mayHaveCalled {
        run.isForeign = false
        finish(run.answer, Completion(.interrupted), now: now)
      } else if !holdsRuns {
        run.isForeign = false
        act(.run(question: run.question, answer: run.answer))
      }
    }
    startNext(now: now)
  }

  /// Whether an answer has been gone on with so often that it may be what its nodes die of. While it waits for a person
  /// nothing is done for it.
  private func isOverdue(_ run: Run) -> Bool { run.takeovers > limits.continuations && run.calls.waiting.isEmpty }

  /// Whether nothing is done for an answer but waiting for persons, and another node can do that as well.
  package var waitsForPersons: Bool {
    guard agentContinues, let run, !run.isForeign, run.completion == nil, run.durability == .commit else {
      return false
    }
    return !run.calls.waiting.isEmpty && run.calls.running.isEmpty && run.notes.isEmpty && run.stepsInJournal == 0
  }

  /// Whether an answer that was made here is not wholly stored yet, or its end.
  package var isStoringAnswer: Bool {
    guard let run, !run.isForeign else { return false }
    return run.completion != nil || inJournal > 0 || !heldBack.isEmpty || run.buffer.uncommitted > 0
  }

  /// Ends an answer whose agent takes too long, with the text that there is.
  package func expire(_ answer: MessageID, _ completion: Completion, now: Int64) {
    guard let run, run.answer == answer, run.completion == nil else { return }
    end(run, completion, now: now)
  }

  /// Ends an answer before its agent is done.
  func end(_ run: Run, _ completion: Completion, now: Int64) {
    finish(run.answer, completion, now: now)
    act(.cancel(answer: run.answer))
  }
}
