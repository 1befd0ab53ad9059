/// What other nodes do in the session: it is read from the store, after a hint or when something does not fit, and told
/// to this node's readers as if it had happened here.
extension LiveSession {
  /// Another node may have changed the session.
  package func hint() {
    wantsNews = true
    takeTurns()
  }

  /// Runs of a node that is gone are this node's now.
  package func takeOver() {
    takesOver = true
    hint()
  }

  /// Asks for what is new, when it is its turn: no versioned change of this node is in the journal then, so that each
  /// version above the known one is another node's, or is among `ahead`.
  func startFollowing() {
    (wantsNews, hasJustFollowed, hasJustRead, isFollowing) = (false, true, true, true)
    (isTakingOver, takesOver) = (takesOver, false)
    reading += 1
    let foreign = run.flatMap { $0.isForeign ? $0 : nil }
    act(
      .follow(
        NewsRequest(session: key, since: version, answer: foreign?.answer, offset: foreign?.buffer.durable ?? 0)))
  }

  /// The news can't be read yet, and will be asked for until they can: those who wait for their `welcome` need not.
  /// - Returns: the bindings that are given up.
  package func newsAreLate() -> [Binding] {
    defer { waitingBindings = [] }
    return waitingBindings
  }

  /// Takes in what has changed.
  /// - Parameter now: in milliseconds since 1970.
  package func follow(_ news: SessionNews, now: Int64) {
    reading -= 1
    isFollowing = false
    defer { takeTurns() }
    (title, context, lastUpdate) = (news.title, news.context, news.lastUpdate)
    if let owner = news.owner { belongs(to: owner) }
    (description, metadata, isTitleSet) = (news.description, news.metadata, news.isTitleSet)
    if news.hasMore { skip(to: news.version) } else { catchUp(with: news) }
    showAhead()
    reconcileRuns(with: news, now: now)
    deltas.forget()
    if isTakingOver {
      isTakingOver = false
      recover(now: now)
    } else {
      startNext(now: now)
    }
    stopEarly()
    startUpdate()
    act(.deliver)
  }

  // MARK: Versions

  /// Too much has changed: who was not told of it has to come again, which `fill` sees to.
  private func skip(to version: Int64) {
    guard version > self.version else { return }
    (events, open) = ([], nil)
    self.version = version
    markedAt = version
    ahead.removeAll { $0.version <= version }
  }

  private func catchUp(with news: SessionNews) {
    var created: [Int64: Message] = [:]
    var changed: [Int64: Message] = [:]
    for message in news.messages {
      created[message.createdVersion] = message
      if message.version != message.createdVersion { changed[message.version] = message }
    }
    while version < news.version {
      let next = version + 1
      if let own = ahead.first, own.version == next {
        ahead.removeFirst()
        show(own.isMark ? changed[next].map { own.telling(whole: $0) } ?? own : own)
      } else {
        show(event(next, created: created[next], changed: changed[next], in: news))
      }
    }
  }

  /// What a version was, as far as the rows still tell. One that they do not tell any more, since the same row has
  /// changed again, is told as the session's title and context, which are never wrong.
  private func event(_ version: Int64, created: Message?, changed: Message?, in news: SessionNews) -> SessionEvent {
    if let created { return beginning(created) }
    let ended = news.messages.first { $0.id == open?.message && $0.status != .streaming }
    if let ended {
      // The version of an answer's end may be one that its row has left behind: it is told before another can begin.
      let next = news.messages.first { $0.role == .assistant && $0.createdVersion > version }
      let isLate = next.map { ended.version > $0.createdVersion } ?? false
      // So is that of one that was replaced since, or rated.
      let isMarked = ended.replacedBy != nil || ended.ratedVersion != nil
      if changed == nil ? isLate || isMarked : changed?.id == ended.id && !isMarked {
        return end(of: ended, at: version)
      }
    }
    if let changed {
      markedAt = version
      return SessionEvent(version: version, frame: ServerFrame.updated(changed, version: version))
    }
    return SessionEvent(version: version, frame: sessionFrame(version))
  }

  /// What is never wrong.
  func sessionFrame(_ version: Int64) -> [UInt8] {
    ServerFrame.sessionUpdated(version: version, title: title, description: description, context: context, ref: nil)
  }

  private func beginning(_ message: Message) -> SessionEvent {
    var event = SessionEvent(version: message.createdVersion, frame: ServerFrame.created(message.asCreated))
    guard message.role == .assistant else { return event }
    let buffer = run?.answer == message.id ? run?.buffer : nil
    event.begins = buffer ?? AnswerBuffer(message: message.id)
    event.begins?.extend(from: 0, message.content)
    return event
  }

  private func end(of message: Message, at version: Int64) -> SessionEvent {
    if let run, run.answer == message.id, !run.isForeign { lose(run) }
    open?.extend(from: 0, message.content)
    var event = SessionEvent(version: version, frame: ServerFrame.completed(message, version: version))
    event.ends = open
    event.answers = message.replyTo
    return event
  }

  // MARK: Runs

  /// Brings the runs in memory to what the store has.
  private func reconcileRuns(with news: SessionNews, now: Int64) {
    let current = news.runs.first { $0.answerID != nil }
    if let run, current?.answerID != run.answer, run.message != nil || current != nil { leave(run) }
    (waiting, elsewhere) = ([], [])
    for stored in news.runs where stored.answerID == nil && stored.question.id != run?.question.id { queue(stored) }
    guard let current else { return }
    if run == nil, let answer = current.answer {
      run = Run(foreign: current, answer: answer, buffer: open?.message == answer.id ? open : nil)
    }
    guard let run else { return }
    // It may be this node's again, which has not noticed that it was another's meanwhile.
    let isLost = !run.isForeign && (!current.isMine || current.takeovers != run.takeovers)
    (run.takeovers, run.isMine, run.durability) = (current.takeovers, current.isMine, current.durability)
    if open == nil, let begun = run.message, begun.createdVersion <= version { open = run.buffer }
    if let tail = news.tail, tail.answer == run.answer, run.isForeign {
      run.buffer.extend(from: tail.offset, tail.bytes)
    }
    if let answer = news.messages.first(where: { $0.id == run.answer }) {
      learnCalls(of: run, from: answer)
    } else if news.hasMore, run.isForeign {
      run.mayHaveCalled = true
    }
    if isLost {
      lose(run)
      // It goes on once it is read what the other has made of it.
      if current.isMine { takesOver = true }
    }
    if current.stopping, !run.isStopping { stop(run, now: now) }
  }

  /// Notes a run that waits.
  func queue(_ stored: StoredRun) {
    guard stored.isMine else { return elsewhere.append(stored.question) }
    waiting.append(stored.question)
    if stored.stopping { stoppedBeforeStart.insert(stored.question.id) }
  }

  /// A run is over, or is not to begin yet: another one runs. Its question waits on, where it is still to be answered.
  private func leave(_ run: Run) {
    heldBack.removeAll { change, _ in
      switch change {
      case .begin(let beginning): beginning.answer == run.answer
      case .complete(let ending): ending.answer == run.answer
      case .note(let noting): noting.answer == run.answer
      case .keep(let keeping): keeping.answer == run.answer
      default: false
      }
    }
    if !run.isForeign { act(.cancel(answer: run.answer)) }
    self.run = nil
  }

  /// Somebody has asked another node to stop this one's answer, or the other way round.
  private func stop(_ run: Run, now: Int64) {
    run.isStopping = true
    for reader in readers { act(.send(reader, ServerFrame.stopping(message: run.answer, ref: nil))) }
    guard !run.isForeign, run.completion == nil else { return }
    end(run, Completion(.stopped, reason: isInterrupted(run) ? .interrupt : .user), now: now)
  }

  /// Whether a question waits that came to go ahead of an answer.
  func isInterrupted(_ run: Run) -> Bool {
    (waiting + elsewhere).contains { $0.place < -(run.message?.createdVersion ?? 0) }
  }

  /// A question goes ahead of an answer that is being made.
  func interrupt(_ run: Run, now: Int64) {
    if run.isForeign {
      commit(.stop(Change.Stopping(session: key, question: run.question.id, dropped: [])))
    } else {
      end(run, Completion(.stopped, reason: .interrupt), now: now)
    }
  }

  /// A run is another node's now, which held this one for dead: what is not committed of it never will be.
  func lose(_ run: Run) {
    act(.cancel(answer: run.answer))
    run.buffer.dropUncommitted()
    run.completion = nil
    (run.isForeign, run.isMine) = (true, false)
    // What is on its way of them is refused, or was stored before.
    (run.notes, run.isNoting, run.stepsInJournal) = ([], false, 0)
    // Nor is it this node's any more what was found, and counted.
    (run.calls, run.citations, run.usage) = (run.told, [], nil)
    wantsNews = true
  }
}

extension Message {
  /// The message as it was when it was created.
  var asCreated: Message {
    var message = self
    message.version = createdVersion
    if role == .assistant {
      (message.status, message.content) = (.streaming, [])
      (message.reason, message.error, message.usage, message.processingMilliseconds) = (nil, nil, nil, nil)
      (message.tools, message.reasoning, message.citations) = ([], [], [])
    }
    (message.replacedBy, message.feedback, message.ratedVersion) = (nil, nil, nil)
    return message
  }
}
