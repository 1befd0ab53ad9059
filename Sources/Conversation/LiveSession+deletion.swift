/// The end of a session: somebody has deleted it, here or on another node.
extension LiveSession {
  /// Asks for the session's deletion. All who read it are told, and let go of, once it is committed.
  package func delete(from origin: Origin?) {
    commit(.delete(Change.Deletion(session: key)), from: origin)
  }

  func settleDeletion(_ origin: Origin?, _ outcome: Outcome) {
    if case .committed = outcome {
      if let origin { act(.send(origin.reader, ServerFrame.sessionDeleted(id, ref: origin.ref))) }
      return vanish()
    }
    if let origin { refuse(origin, outcome, "the session could not be deleted") }
  }

  /// The session is not there any more: nothing begins in it, and who waits for something is told so.
  package func vanish() {
    guard !isGone else { return }
    isGone = true
    let waiting =
      heldBack.compactMap(\.1) + stopsBeforeRun.map(\.1) + updates.dropFirst(isUpdating ? 1 : 0).compactMap(\.1)
    let askers = waiting + ratings.dropFirst(isRating ? 1 : 0).map(\.1)
    for origin in askers { act(.send(origin.reader, ServerFrame.error(.gone(ref: origin.ref)))) }
    (heldBack, stopsBeforeRun, waitingBindings) = ([], [], [])
    (updates, ratings) = (Array(updates.prefix(isUpdating ? 1 : 0)), Array(ratings.prefix(isRating ? 1 : 0)))
    (self.waiting, elsewhere, typists, typingElsewhere) = ([], [], [], 0)
    (wantsNews, takesOver) = (false, false)
    if let run, !run.isForeign { act(.cancel(answer: run.answer)) }
    run = nil
    act(.vanish)
  }
}
