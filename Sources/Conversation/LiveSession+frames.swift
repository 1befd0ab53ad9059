/// What a welcomed client can ask for.
extension LiveSession {
  /// `message.send`.
  /// - Parameter now: in milliseconds since 1970.
  /// - Parameter delay: where its sender may not send for now.
  package func send(_ send: ClientFrame.Send, from origin: Origin, now: Int64, delay: Delay? = nil) {
    stopTyping(origin.reader)
    if accepting[send.id] != nil {
      accepting[send.id]?.repeats.append(origin)
      return
    }
    // Only the store can tell a duplicate, which is to be answered before any other check.
    let queued = waiting.count + elsewhere.count + accepting.count
    let isRefused = delay != nil || isBusy && send.whenBusy == .reject || queued >= limits.queuedRuns
    let question = Question(id: send.id, content: send.content)
    let interrupts = send.whenBusy == .interrupt
    accepting[send.id] = Acceptance(question: question, interrupts: interrupts, delay: delay, repeats: [])
    commit(
      .accept(
        Change.Acceptance(
          session: key, id: send.id, content: send.content, metadata: send.metadata, createdAt: now,
          interrupts: interrupts, onlyDuplicate: isRefused)), from: origin)
  }

  /// `run.stop`.
  package func stop(_ stop: ClientFrame.Stop, from origin: Origin) {
    guard let run, run.completion == nil, stop.message == nil || stop.message == run.answer else {
      // A question that waits, or is on its way to the store, will run in a moment.
      let isMeant = stop.message.map { retrying[$0] != nil } ?? isExpectingRun
      if isMeant, run == nil || run?.completion != nil {
        return stopsBeforeRun.append((stop, origin))
      }
      return refuse(origin, .notFound, "nothing runs that could be stopped")
    }
    commit(
      .stop(
        Change.Stopping(
          session: key, question: run.question.id, dropped: stop.queued ? (waiting + elsewhere).map(\.id) : [])),
      from: origin)
  }

  /// `session.update`.
  package func update(_ update: ClientFrame.UpdateSession, from origin: Origin) {
    updates.append((update, origin))
    startUpdate()
  }

  /// Updates go one at a time, since each is merged into the one before.
  func startUpdate() {
    while !isUpdating, !isGone, let (update, origin) = updates.first {
      guard let context = update.context.map({ context.merging($0) }) ?? context,
        let metadata = update.metadata.map({ metadata.merging($0) }) ?? metadata
      else {
        updates.removeFirst()
        let most = SessionContext.maximumBytes
        if let origin { refuse(origin, .badField, "context, metadata: at most \(most) bytes each after the merge") }
        continue
      }
      if origin == nil, title != nil || isTitleSet {
        // Somebody has chosen one meanwhile.
        updates.removeFirst()
        continue
      }
      isUpdating = true
      var change = Change.Update(
        session: key, id: makeID(), base: lastUpdate,
        title: update.title.map(\.text) ?? title, context: context)
      change.isTitleSet = isTitleSet || origin != nil && update.title != nil
      change.description = update.description.map(\.text) ?? description
      change.metadata = metadata
      pendingUpdate = change
      commit(.update(change), from: origin)
    }
  }

  /// Gives the session a title by a question that was answered, where it has none and nobody wanted it so.
  func makeTitle(from question: Question) {
    guard makesTitles, title == nil, !isTitleSet, !updates.contains(where: { $0.1 == nil }),
      let title = AutomaticTitle.title(from: question.content)
    else { return }
    updates.append((ClientFrame.UpdateSession(title: .set(title)), nil))
    startUpdate()
  }
}
