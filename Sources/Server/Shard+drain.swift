import Conversation
import Reactor
import Transport

/// A server that ends: its clients are sent away one after the other, so that they do not all come to another server at
/// once, and those last who see an answer being made.
extension Shard {
  /// When which of it happens, in the loop's milliseconds.
  struct Drain {
    /// When answers in the making are given up.
    let graceEnd: UInt64
    /// When who is left is sent away.
    let end: UInt64
  }

  /// How long a client that was sent away waits before it comes again, in milliseconds.
  private static let reconnectDelays: ClosedRange<Int64> = 200...2000
  /// Within which time each of them is sent away by itself, in milliseconds.
  private static let spreadForEach: UInt64 = 2
  /// How often it is looked who is to go, in milliseconds.
  private static let interval: UInt64 = 20

  /// Takes no more clients, begins no more answers, and sends away who is there. Whoever asks for the server's health is
  /// answered until the last of them has gone.
  /// - Parameters:
  ///   - spread: within which clients are sent away, each at a time of its own, in milliseconds.
  ///   - grace: how long answers in the making may go on, in milliseconds.
  package func drain(spread: UInt64, grace: UInt64) {
    engine.endExchanges()
    // A few are no herd.
    let spread = min(spread, UInt64(clients.count { $0 != nil }) * Self.spreadForEach)
    drain = Drain(graceEnd: loop.now + grace, end: loop.now + max(spread, grace))
    for session in sessions.values { session.holdsRuns = true }
    for case let client? in clients {
      client.leavesAt = loop.now + UInt64.random(in: 0...spread, using: &random)
      guard client.passport.errand.isReading, case .bound(_, let reader) = client.stage, reader.isWelcomed else {
        continue
      }
      send(ServerFrame.drain(reconnectAfter: Int64.random(in: Self.reconnectDelays, using: &random)), to: client)
    }
    goOnDraining()
  }

  /// Whether the server ends: no answer begins any more.
  var isDraining: Bool { drain != nil }

  /// The questions that are answered here, until the answers are wholly stored: all other runs are for other servers.
  var questionsAtWork: [MessageID] {
    sessions.values.compactMap { session in
      guard let run = session.run, runs[run.answer] != nil || session.isStoringAnswer else { return nil }
      return run.question.id
    }
  }

  func goOnDraining() {
    guard let drain else { return }
    let now = loop.now
    handOverWaiting()
    // What is stored of them stays, for whoever takes their runs over.
    if now >= drain.graceEnd {
      for answer in Array(runs.keys) { cancel(answer) }
      abortDownloads()
    }
    for case let client? in clients where client.leavesAt <= now && (now >= drain.end || !awaitsAnswer(client)) {
      leave(client, .restart, "the server restarts")
    }
    // To the end: a client may come from another loop, however late.
    loop.schedule(after: Self.interval, target: self, token: Self.drainToken)
  }

  /// Leaves those answers to other servers, or the next one, for which nothing is done but waiting for a person: nobody
  /// knows how long that takes.
  private func handOverWaiting() {
    for (answer, run) in runs where run.verdicts.isAwaited && run.session.waitsForPersons { cancel(answer) }
  }

  /// Whether a client is here, an answer is made or sent, or something waits to be committed.
  package var isServing: Bool {
    !runs.isEmpty || !journal.isEmpty || !deliveries.isEmpty || clients.contains { $0 != nil }
  }

  /// Answers nobody any more. The loops share the port: whoever has just come to one that listens no longer is cut off, so
  /// that all of them go on until none of them serves.
  package func stopListening() { engine.stopListening() }

  /// Whether the client waits for what this server is about to give it: an answer that is made here, or the one answer to
  /// its request.
  private func awaitsAnswer(_ client: Client) -> Bool {
    if client.passport.errand.isBrief { return true }
    guard case .bound(let session, let reader) = client.stage else { return false }
    // It is over when its end was told.
    return session.run.map { runs[$0.answer] != nil || $0.isEnding } ?? !session.isComplete(reader)
  }
}
