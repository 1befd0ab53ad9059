import ChaosKit
import JSONWire
import SkeinTestKit

/// What a client does of its own will.
extension Peer {
  func act() {
    nextAction = now + UInt64.random(in: crowd.pace / 5...crowd.pace * 2, using: &random)
    guard deafUntil == nil else { return }
    switch Int.random(in: 0..<100, using: &random) {
    case ..<56: ask()
    case ..<64: retry()
    case ..<70: stop()
    case ..<78: loadHistory(limit: Int64.random(in: 1...60, using: &random))
    case ..<86: update()
    case ..<90:
      forgets = true
      depart("reloads")
    case ..<95: depart("comes again")
    default:
      trace.note(now, "reads nothing for a while")
      deafUntil = now + UInt64.random(in: 200...4_000, using: &random)
      link?.setDeaf(true)
    }
  }

  private func depart(_ what: String) {
    trace.note(now, what)
    leave(after: UInt64.random(in: 0...800, using: &random))
  }

  // MARK: Messages

  private func ask() {
    // Where many questions wait they would only make the end late.
    let latest = transcript.messages.suffix(6)
    guard outbox.count < 3, latest.count < 6 || latest.contains(where: { $0.role != "user" }) else { return }
    let question = Question.random(using: &random)
    witness.asked[question.id] = question
    if question.whenBusy == "interrupt" { witness.hasInterrupted = true }
    outbox.append(Outgoing(matter: .question(question)))
    transmit(outbox.count - 1)
    if Int.random(in: 0..<100, using: &random) < 4 { transmit(outbox.count - 1) }
    // One that was accepted already is accepted again, as it was.
    if Int.random(in: 0..<100, using: &random) < 3,
      let known = witness.acknowledged.keys.filter({ witness.asked[$0] != nil }).min(),
      let question = witness.asked[known]
    {
      write(question)
    }
  }

  func transmit(_ place: Int) {
    outbox[place].due = nil
    outbox[place].attempts += 1
    if outbox[place].attempts == 1 { crowd.counts.sent += 1 } else { crowd.counts.resent += 1 }
    switch outbox[place].matter {
    case .question(let question): write(question)
    case .retry(let id, let answer):
      send(["type": "run.retry", "ref": .string(id), "id": .string(id), "message": .string(answer)])
    }
  }

  /// Most often the last answer, which alone can be made again.
  private func retry() {
    let answers = transcript.messages.filter { $0.role == "assistant" && $0.status != "streaming" }
    guard outbox.count < 3, let last = answers.last else { return }
    let answer = Int.random(in: 0..<10, using: &random) == 0 ? answers.randomElement(using: &random) ?? last : last
    let id = Question.uuid(using: &random)
    crowd.counts.retries += 1
    witness.retried[id] = answer.id
    outbox.append(Outgoing(matter: .retry(id: id, of: answer.id)))
    transmit(outbox.count - 1)
    if Int.random(in: 0..<100, using: &random) < 10 { transmit(outbox.count - 1) }
  }

  private func write(_ question: Question) {
    var fields: [(String, JSONValue)] = [
      ("type", "message.send"), ("ref", .string(question.id)), ("id", .string(question.id)),
      ("content", .string(question.content)),
    ]
    if let whenBusy = question.whenBusy { fields.append(("when_busy", .string(whenBusy))) }
    send(.object(JSONObject(fields)))
  }

  /// Sends again what was refused while the database was away.
  func sendDue() {
    for place in outbox.indices {
      if let due = outbox[place].due, now >= due { transmit(place) }
    }
  }

  // MARK: The rest

  private func stop() {
    witness.hasStopped = true
    crowd.counts.stops += 1
    var fields: [(String, JSONValue)] = [("type", "run.stop"), ("ref", "stop")]
    switch Int.random(in: 0..<10, using: &random) {
    case ..<3: if let last = transcript.messages.last { fields.append(("message", .string(last.id))) }
    case ..<5:
      witness.hasDropped = true
      fields.append(("queued", .bool(true)))
    default: break
    }
    send(.object(JSONObject(fields)))
  }

  private func update() {
    witness.updatesTried += 1
    crowd.counts.updates += 1
    var fields: [(String, JSONValue)] = [("type", "session.update"), ("ref", "update")]
    let what = Int.random(in: 0..<4, using: &random)
    if what != 1 {
      let title = RandomText.make(pieces: Int.random(in: 1...40, using: &random), using: &random)
      fields.append(("title", what == 0 ? .null : .string(title)))
    }
    if what != 2 {
      let key = "key\(Int.random(in: 0..<5, using: &random))"
      let value = RandomText.make(pieces: Int.random(in: 0...40, using: &random), using: &random)
      let isCleared = Int.random(in: 0..<4, using: &random) == 0
      fields.append(("context", .object(JSONObject([(key, isCleared ? .null : .string(value))]))))
    }
    send(.object(JSONObject(fields)))
  }

  private func loadHistory(limit: Int64) {
    guard !isLoading, let before = transcript.before else { return }
    isLoading = true
    send(["type": "history.load", "ref": "history", "before": .string(before), "limit": .int(limit)])
  }

  /// At the end everything is loaded.
  func loadMore() { loadHistory(limit: 200) }
}
