import Conversation
import JSONWire

/// A call as a model's tools make one: each step is stored before the next.
struct SimulatedCall {
  enum Stage {
    /// That it is asked for is on its way to the store.
    case asked
    /// It is to be told of, or somebody is to be asked.
    case wanted
    case noting
    /// It waits for a person.
    case waiting
    /// It may be made: that it is begun is to be stored, or on its way.
    case allowed, beginning
    /// It is to be made.
    case begun
    /// What became of it is to be stored, or on its way, or to be told.
    case over, ending, ended
  }

  let id: String
  /// Whether somebody has to agree.
  let asks: Bool
  var stage: Stage
  /// The step that is waited for.
  var step: Int64?
  var status = ToolStatus.done
  /// What was said before it waited.
  var verdict: ToolVerdict?
}

extension SimulatedNode.Script {
  mutating func isNoted(_ call: String) {
    guard let known = work, known.id == call, known.stage == .noting else { return }
    work?.stage = known.asks ? .waiting : .allowed
    if let verdict = known.verdict { isDecided(call, verdict) }
  }

  mutating func isKept(_ step: Int64, _ isStored: Bool) {
    guard let stage = work?.stage, work?.step == step else { return }
    // What can't be stored is not done: the agent gives up.
    guard isStored else { return (work, chunks) = (nil, 0) }
    switch stage {
    case .asked: work?.stage = .wanted
    case .beginning: work?.stage = .begun
    case .ending: work?.stage = .ended
    default: break
    }
  }

  mutating func isDecided(_ call: String, _ verdict: ToolVerdict) {
    guard work?.id == call else { return }
    guard work?.stage == .waiting else {
      work?.verdict = verdict
      return
    }
    work?.stage = verdict == .approved ? .allowed : .over
    if verdict != .approved { work?.status = .rejected }
  }
}

/// Agents that have tools called, and go on with the calls of nodes that are gone.
extension Simulation {
  func told(_ answer: MessageID, _ change: (inout SimulatedNode.Script) -> Void) {
    for place in answers.indices where answers[place].answer == answer { change(&answers[place]) }
  }

  /// Who is to make an answer, or to go on with it.
  func script(for answer: MessageID, in session: LiveSession) -> SimulatedNode.Script {
    var script = SimulatedNode.Script(answer: answer, chunks: chance(10) ? 0 : below(chance(6) ? 60 : 12))
    if let last = store.steps[answer]?.last, last.offset > session.run?.buffer.bytes.count ?? 0 {
      // Its end was under way, and is lost: it can't go on.
      script.chunks = 0
      return script
    }
    let steps = (store.steps[answer] ?? []).compactMap { try? JSONValue(parsing: $0.content) }
    script.calls = steps.isEmpty && chance(5)
    script.works = !steps.isEmpty || !script.calls && chance(2)
    let asked = steps.filter { $0["asked"] != nil }
    script.begun = asked.count
    guard let last = asked.last, let id = last["asked"]?.string,
      !steps.contains(where: { $0["ended"] == last["asked"] })
    else { return script }
    counts.resumedCalls += 1
    var work = SimulatedCall(id: id, asks: last["asks"] == true, stage: .wanted)
    if steps.contains(where: { $0["begun"] == last["asked"] }) {
      // Nobody knows.
      counts.unknown += 1
      (work.stage, work.status) = (.over, .failed)
    } else if work.asks {
      switch session.status(of: id, in: answer) {
      case nil: break
      case .waiting:
        counts.waitedOn += 1
        work.stage = .waiting
      case .running: work.stage = .allowed
      case .rejected: (work.stage, work.status) = (.over, .rejected)
      case .done, .failed: violations.append("a call that has ended before it was kept")
      }
    }
    script.work = work
    return script
  }

  /// The model asks for a call.
  func begin(_ place: Int, in session: LiveSession) {
    let id = "w\(answers[place].begun)"
    answers[place].begun += 1
    answers[place].work = SimulatedCall(id: id, asks: chance(2), stage: .asked)
    keep(place, ["asked": .string(id), "asks": .bool(answers[place].work?.asks ?? false)], in: session)
  }

  /// The call that is under way goes on, where it does not wait for the store or for a person.
  func goOn(_ place: Int, in session: LiveSession) {
    guard let work = answers[place].work, !answers[place].isCancelled else { return answers[place].work = nil }
    // There is more to lose than elsewhere.
    if faults.crash < .max, chance(faults.crash / 20) { return nodes.count > 1 && chance(3) ? end() : crash() }
    switch work.stage {
    case .asked, .noting, .beginning, .ending: break
    case .wanted: note(place, work.asks ? .waiting : .running, .noting, in: session)
    case .waiting: if chance(faults.crash == .max ? 1 : 60) { session.expire(work.id, of: answers[place].answer) }
    case .allowed:
      answers[place].work?.stage = .beginning
      keep(place, ["begun": .string(work.id)], in: session)
    case .begun:
      make(work, for: answers[place].answer)
      answers[place].work?.stage = .over
    case .over:
      answers[place].work?.stage = .ending
      keep(place, ["ended": .string(work.id)], in: session)
    case .ended:
      if work.status != .rejected { note(place, work.status, .ended, in: session) } else { counts.rejected += 1 }
      answers[place].work = nil
    }
  }

  private func make(_ work: SimulatedCall, for answer: MessageID) {
    counts.made += 1
    made["\(answer) \(work.id)", default: 0] += 1
    if made["\(answer) \(work.id)"] != 1 { violations.append("a call is made twice") }
    if work.asks, store.verdict(on: work.id, in: answer) != .approved {
      violations.append("a call is made that nobody has agreed to")
    }
  }

  private func keep(_ place: Int, _ step: JSONValue, in session: LiveSession) {
    let number = session.keep(step.bytes, for: answers[place].answer)
    answers[place].work?.step = number
    if number == nil { answers[place].isCancelled = true }
  }

  private func note(_ place: Int, _ status: ToolStatus, _ stage: SimulatedCall.Stage, in session: LiveSession) {
    guard let work = answers[place].work else { return }
    let call = JSONObject([
      ("id", .string(work.id)), ("name", "work"), ("title", "Works"), ("status", .string(status.rawValue)),
    ])
    answers[place].work?.stage = stage
    counts.calls += 1
    if !session.note(call, to: answers[place].answer) { answers[place].isCancelled = true }
  }

  /// A node that ends leaves what waits for a person.
  func leaveWaiting() {
    guard let session, session.waitsForPersons else { return }
    let count = answers.count
    answers.removeAll { $0.work?.stage == .waiting && $0.answer == session.run?.answer }
    counts.left += count - answers.count
  }

  /// What was left undone by an answer that is complete, or told otherwise than it is.
  func verdictOnCalls() -> [String] {
    var problems: [String] = []
    if !store.steps.isEmpty { problems.append("steps are left") }
    for message in store.messages where message.role == .assistant {
      for call in (try? JSONValue(parsing: message.tools))?.array ?? [] where call["name"] == "work" {
        let count = made["\(message.id) \(call["id"]?.string ?? "")"] ?? 0
        switch call["status"]?.string {
        case "done" where count != 1: problems.append("a call is done that was made \(count) times")
        case "rejected" where count != 0: problems.append("a call is rejected and made")
        case "running", "waiting": problems.append("a call runs for ever")
        default: break
        }
      }
    }
    return problems
  }
}
