/// What comes back from the journal: the only place where a session changes.
extension LiveSession {
  /// Applies what became of a change. Outcomes of one group are given in the order of their versions.
  /// - Parameter now: in milliseconds since 1970.
  package func settle(_ change: Change, _ origin: Origin?, _ outcome: Outcome, now: Int64) {
    inJournal -= 1
    if change.isOrdered { versionedInJournal -= 1 }
    switch change {
    case .create: break
    case .accept(let acceptance): settle(acceptance, origin, outcome, now: now)
    case .begin(let beginning): settle(beginning, outcome, now: now)
    case .complete(let ending): settle(ending, outcome, now: now)
    case .retry(let retry): settle(retry, origin, outcome, now: now)
    case .update: settleUpdate(origin, outcome)
    case .rate(let rating): settle(rating, origin, outcome)
    case .note(let noting): settle(noting, outcome)
    case .keep(let keeping): settle(keeping, outcome)
    case .decide(let deciding): settle(deciding, origin, outcome)
    case .delete: settleDeletion(origin, outcome)
    case .stop(let stopping): settle(stopping, origin, outcome, now: now)
    }
    takeTurns()
  }

  /// Notes that an answer's bytes are committed, or that they can't be.
  package func settle(_ growth: Growth, _ outcome: Outcome, now: Int64) {
    inJournal -= 1
    guard let run, run.answer == growth.answer else { return }
    if case .committed = outcome {
      run.buffer.committed(upTo: growth.offset + growth.bytes.count)
      deltas.forget()
      act(.deliver)
    } else if growth.takeovers != run.takeovers {
      // It was lost meanwhile, and may have come back since: what was written before concerns it no more.
    } else if outcome == .refused {
      lose(run)
    } else if run.completion == nil {
      fail(run, now: now)
    }
    takeTurns()
  }

  /// Ends an answer whose text the store does not take, with the text that it took: the whole would be refused again.
  private func fail(_ run: Run, now: Int64) {
    run.buffer.dropUncommitted()
    run.completion = nil
    end(run, Completion(.failed, error: .storage), now: now)
  }

  /// The bytes that follow those which the journal has, for its next group.
  package func takeGrowth() -> Growth? {
    guard let run, run.isSubmitted, run.completion == nil, !run.isForeign, let text = run.buffer.takeUnsubmitted()
    else { return nil }
    inJournal += 1
    return Growth(
      session: key, answer: run.answer, offset: text.offset, bytes: text.bytes, takeovers: run.takeovers)
  }

  private func settle(_ acceptance: Change.Acceptance, _ origin: Origin?, _ outcome: Outcome, now: Int64) {
    guard let accepted = accepting.removeValue(forKey: acceptance.id) else { return }
    let askers = (origin.map { [$0] } ?? []) + accepted.repeats
    switch outcome {
    case .committed(let version, let createdAt):
      for (place, asker) in askers.enumerated() {
        answer(asker, acceptance.id, version: version, createdAt: createdAt, duplicate: place > 0)
        attach(asker.reader, at: version - 1)
      }
      var message = Message(
        id: acceptance.id, version: version, createdVersion: version, role: .user, status: .complete,
        content: acceptance.content, createdAt: createdAt)
      message.metadata = acceptance.metadata
      tell(SessionEvent(version: version, frame: ServerFrame.created(message)))
      var question = accepted.question
      question.place = accepted.interrupts ? -version : version
      if accepted.interrupts {
        waiting.insert(question, at: 0)
        if let run, run.completion == nil { interrupt(run, now: now) }
      } else {
        waiting.append(question)
      }
      startNext(now: now)
      stopEarly()
    case .duplicate(let version, let createdAt, let role):
      for asker in askers {
        if role == .user {
          answer(asker, acceptance.id, version: version, createdAt: createdAt, duplicate: true)
          rejoin(asker.reader, at: version - 1)
        } else {
          refuse(asker, .badField, "id: taken by an answer")
        }
      }
      stopEarly()
    case .refused:
      for asker in askers {
        guard let delay = accepted.delay else {
          refuse(asker, .busy, "an answer is being made, and questions wait")
          continue
        }
        act(.send(asker.reader, ServerFrame.error(.tooMuch(delay, ref: asker.ref))))
      }
      stopEarly()
    case .failed, .unavailable, .created, .retried, .decided, .denied:
      for asker in askers { refuse(asker, outcome, "the message could not be stored") }
      stopEarly()
    }
  }

  func answer(_ asker: Origin, _ id: MessageID, version: Int64, createdAt: Int64, duplicate: Bool) {
    let frame = ServerFrame.accepted(
      id: id, version: version, duplicate: duplicate, createdAt: createdAt, ref: asker.ref)
    act(.send(asker.reader, frame))
  }

  /// Begins to tell a reader that stays for an answer what happens from a version on. Of an answer that streams already
  /// it is told the end alone, since it does not know the beginning.
  private func attach(_ reader: Reader, at version: Int64) {
    guard reader.question != nil, !reader.isGone else { return }
    reader.version = version
    reader.isWelcomed = true
    readers.append(reader)
  }

  /// The same where the question was accepted some time ago: what has changed since comes as a `welcome`.
  private func rejoin(_ reader: Reader, at version: Int64) {
    guard reader.question != nil, !reader.isGone else { return }
    bind(
      Binding(
        reader: reader, ref: nil, session: id, position: Position(version: version), history: Binding.usual,
        token: nil, created: false))
  }

  private func settle(_ beginning: Change.Beginning, _ outcome: Outcome, now: Int64) {
    guard let run, run.answer == beginning.answer else { return }
    guard case .committed(let version, let createdAt) = outcome else {
      // Another node is faster with another question, or somebody has dropped this one, or the store refuses it for
      // good.
      self.run = nil
      act(.cancel(answer: run.answer))
      if outcome == .refused {
        waiting.insert(run.question, at: 0)
        wantsNews = true
      }
      // Those who stay for its answer have all that comes from here.
      act(.deliver)
      startNext(now: now)
      return stopEarly()
    }
    create(run, version: version, createdAt: createdAt)
  }

  /// Tells that an answer is there, empty.
  func create(_ run: Run, version: Int64, createdAt: Int64) {
    var message = Message(
      id: run.answer, version: version, createdVersion: version, role: .assistant, status: .streaming, content: [],
      createdAt: createdAt)
    message.replyTo = run.question.id
    run.message = message
    var event = SessionEvent(version: version, frame: ServerFrame.created(message))
    event.begins = run.buffer
    tell(event)
  }

  private func settle(_ ending: Change.Ending, _ outcome: Outcome, now: Int64) {
    guard let run, run.answer == ending.answer else { return }
    if case .committed(let version, _) = outcome {
      run.buffer.committed(upTo: ending.content.count)
      let ended = run.message?.ended(by: ending)
      let frame = ended.map { ServerFrame.completed($0, version: version) } ?? []
      var event = SessionEvent(version: version, frame: frame)
      event.ends = run.buffer
      event.answers = run.question.id
      event.mayBeLater = true
      tell(event)
    } else if ending.takeovers != run.takeovers {
      // It was lost meanwhile, and may have come back since: this is not its end.
      return
    } else if outcome == .failed, ending.completion.error != .storage {
      // The answer must not stream for ever.
      return fail(run, now: now)
    } else if outcome == .refused {
      return lose(run)
    } else {
      act(.deliver)
    }
    self.run = nil
    if case .committed = outcome { makeTitle(from: run.question) }
    startNext(now: now)
    stopEarly()
  }

  private func settleUpdate(_ origin: Origin?, _ outcome: Outcome) {
    if outcome == .refused, isGone {
      (pendingUpdate, isUpdating) = (nil, false)
      for case let (_, origin?) in updates { act(.send(origin.reader, ServerFrame.error(.gone(ref: origin.ref)))) }
      return updates = []
    }
    if outcome == .refused {
      // Another node was faster: the change is merged into what that has made.
      pendingUpdate = nil
      isUpdating = false
      wantsNews = true
      return
    }
    if case .committed(let version, _) = outcome, let pendingUpdate {
      (title, context, lastUpdate) = (pendingUpdate.title, pendingUpdate.context, pendingUpdate.id)
      (description, metadata) = (pendingUpdate.description, pendingUpdate.metadata)
      isTitleSet = pendingUpdate.isTitleSet
      tell(version, to: origin) { ref in
        ServerFrame.sessionUpdated(
          version: version, title: title, description: description, context: context, ref: ref)
      }
    } else if let origin {
      refuse(origin, outcome, "the session could not be changed")
    }
    pendingUpdate = nil
    isUpdating = false
    if !updates.isEmpty { updates.removeFirst() }
    startUpdate()
  }

  private func settle(_ stopping: Change.Stopping, _ origin: Origin?, _ outcome: Outcome, now: Int64) {
    guard case .committed = outcome else {
      if let origin { refuse(origin, outcome, "the run could not be stopped") }
      return
    }
    waiting.removeAll { stopping.dropped.contains($0.id) }
    elsewhere.removeAll { stopping.dropped.contains($0.id) }
    let current = run.flatMap { $0.question.id == stopping.question ? $0 : nil }
    var told = readers
    // Who asks over plain HTTP reads nothing else of the session.
    if let origin, !told.contains(where: { $0 === origin.reader }) { told.append(origin.reader) }
    for reader in told {
      let ref = reader === origin?.reader ? origin?.ref : nil
      act(.send(reader, ServerFrame.stopping(message: current?.message?.id, ref: ref)))
    }
    // Nor are those waited for any more that were dropped.
    act(.deliver)
    guard let current, current.completion == nil else { return }
    current.isStopping = true
    if !current.isForeign { end(current, Completion(.stopped, reason: .user), now: now) }
  }

  /// Whether some question will be answered after the one that is.
  var isExpectingRun: Bool { !accepting.isEmpty || !retrying.isEmpty || !waiting.isEmpty || !elsewhere.isEmpty }

  /// Carries out the stops that came before their question was stored, or its turn had come.
  func stopEarly() {
    guard !stopsBeforeRun.isEmpty, run.map({ $0.completion == nil }) ?? false || !isExpectingRun else { return }
    let early = stopsBeforeRun
    stopsBeforeRun = []
    for (stop, origin) in early { self.stop(stop, from: origin) }
  }

  /// Makes a committed change visible that somebody has asked for: the asker's frame carries the asker's mark.
  /// - Parameter calls: the answer whose call it is about.
  func tell(
    _ version: Int64, to origin: Origin?, isMark: Bool = false, calls: MessageID? = nil,
    _ frame: (_ ref: String?) -> [UInt8]
  ) {
    var event = SessionEvent(version: version, frame: frame(nil))
    (event.ref, event.isMark, event.calls) = (origin?.ref, isMark || calls != nil, calls)
    if let origin {
      if !readers.contains(where: { $0 === origin.reader }) {
        // Who asks over plain HTTP reads nothing else of the session.
        act(.send(origin.reader, frame(origin.ref)))
      } else if origin.ref != nil {
        event.answer = (origin.reader, frame(origin.ref))
      }
    }
    tell(event)
  }

  /// Makes a committed change visible; where another node has changed the session before it, that goes first.
  func tell(_ event: SessionEvent) {
    guard event.version == version + 1 else {
      // The news tell what others have done before it, and this too.
      if !event.mayBeLater { ahead.append(event) }
      wantsNews = true
      return
    }
    show(event)
    showAhead()
    act(.deliver)
  }

  /// Shows what was held until the versions before it were known.
  func showAhead() {
    while let next = ahead.first, next.version <= version + 1 {
      ahead.removeFirst()
      if next.version > version { show(next) }
    }
  }

  func show(_ event: SessionEvent) {
    var event = event
    version = event.version
    if let answer = event.calls, open?.message != answer {
      // Another node has ended it, which was told already.
      (event.frame, event.answer) = (sessionFrame(version), nil)
    }
    if let begun = event.begins { open = begun }
    if event.ends != nil { open = nil }
    events.append(event)
    trimEvents()
  }
}

extension AnswerError {
  /// The store does not take it.
  package static let storage = AnswerError(code: "internal", message: "The answer could not be stored.")
}

extension Message {
  /// The answer as it is once it has ended.
  func ended(by ending: Change.Ending) -> Message {
    var message = self
    message.content = ending.content
    message.status = ending.completion.status
    message.reason = ending.completion.reason
    message.error = ending.completion.error
    message.usage = ending.completion.usage
    message.tools = ending.completion.tools
    message.citations = ending.completion.citationsJSON
    message.processingMilliseconds = ending.completion.processingMilliseconds
    return message
  }
}
