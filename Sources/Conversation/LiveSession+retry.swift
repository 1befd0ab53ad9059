import JSONWire

/// Answers that are made again: the old one stays, marked by what replaces it, and a new one begins.
extension LiveSession {
  /// `run.retry`.
  /// - Parameter now: in milliseconds since 1970.
  package func retry(_ retry: ClientFrame.Retry, from origin: Origin, now: Int64) {
    if retrying[retry.id] != nil {
      retrying[retry.id]?.append(origin)
      return
    }
    // Only the store can tell a duplicate, which is to be answered before any other check.
    let isRefused = isBusy || holdsRuns
    retrying[retry.id] = []
    commit(
      .retry(
        Change.Retry(
          session: key, replaced: retry.message, answer: retry.id, createdAt: now, onlyDuplicate: isRefused,
          durability: durability)),
      from: origin)
  }

  /// Whether something runs, waits, or is about to.
  var isBusy: Bool { run != nil || isExpectingRun }

  func settle(_ retry: Change.Retry, _ origin: Origin?, _ outcome: Outcome, now: Int64) {
    let askers = (origin.map { [$0] } ?? []) + (retrying.removeValue(forKey: retry.answer) ?? [])
    switch outcome {
    case .retried(let retried):
      for (place, asker) in askers.enumerated() {
        answer(
          asker, retry.answer, version: retried.version, createdAt: retried.createdAt,
          duplicate: retried.isDuplicate || place > 0)
      }
      if !retried.isDuplicate { start(retry, retried, now: now) }
    case .denied(.taken):
      for asker in askers { refuse(asker, .badField, "id: taken by another message") }
    case .denied(.absent):
      for asker in askers { refuse(asker, .notFound, "message: there is no such message") }
    case .denied(.unfit):
      for asker in askers { refuse(asker, .badField, "message: not the session's last answer") }
    case .refused where holdsRuns:
      for asker in askers {
        let error = ProtocolError(.unavailable, "the server restarts", ref: asker.ref, retryAfter: 1000)
        act(.send(asker.reader, ServerFrame.error(error)))
      }
    case .refused:
      for asker in askers { refuse(asker, .busy, "an answer is being made, or questions wait") }
    case .failed, .unavailable, .created, .committed, .duplicate, .decided:
      for asker in askers { refuse(asker, outcome, "the answer could not be begun again") }
    }
    stopEarly()
  }

  /// The change has taken two versions: the mark on the old answer, and the new answer's creation.
  private func start(_ retry: Change.Retry, _ retried: Outcome.Retried, now: Int64) {
    let version = retried.version
    let frame = ServerFrame.updated(retry.replaced, version: version - 1) { json in
      json.key("replaced_by")
      json.id(retry.answer)
    }
    var mark = SessionEvent(version: version - 1, frame: frame)
    mark.isMark = true
    tell(mark)
    markedAt = version - 1
    var question = retried.question
    question.place = version
    let run = Run(question: question, answer: retry.answer, startedAt: now, durability: retry.durability)
    run.isSubmitted = true
    self.run = run
    create(run, version: version, createdAt: retried.createdAt)
    act(.run(question: question, answer: retry.answer))
  }
}
