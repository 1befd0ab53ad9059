import Conversation
import JSONWire

/// A call as a model's tools make one: each step is stored before the next.
struct SimulatedCall {
  enum Stage {
    /// That it is asked for is on its way to the store.
    case asked
    /// It is to be told of, or somebody is to be asked.
    case wanted
    /// That another node may have made it is on its way to the store, before anybody is asked for it.
    case owning
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
  /// Whether it does no harm to make it twice.
  let repeats: Bool
  var stage: Stage
  /// The step that is waited for.
  var step: Int64?
  var status = ToolStatus.done
  /// What was said before it waited.
  var verdict: ToolVerdict?
  /// Whether another node may have made it without a word.
  var mayBeMade = false
  /// Whether it was said when it was asked for that it may be made twice: only then it is made without a word.
  var isKnownToRepeat = false

  /// Whether it may have been made, and nobody could tell.
  var isOpen: Bool {
    switch stage {
    case .begun, .over, .ending: status == .done
    default: false
    }
  }
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
    guard isStored else { return (work, chunks, givesUp) = (nil, 0, true) }
    switch stage {
    case .asked: work?.stage = .wanted
    case .owning:
      work?.stage = .wanted
      work?.mayBeMade = false
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
      (script.chunks, script.givesUp) = (0, true)
      return script
    }
    let steps = (store.steps[answer] ?? []).compactMap { try? JSONValue(parsing: $0.content) }
    script.calls = steps.isEmpty && chance(5)
    script.works = !steps.isEmpty || !script.calls && (losesCalls || !chance(4))
    let asked = steps.filter { $0["asked"] != nil }
    script.begun = asked.count
    guard let last = asked.last, let id = last["asked"]?.string,
      !steps.contains(where: { $0["ended"] == last["asked"] })
    else { return script }
    counts.resumedCalls += 1
    // What has to be agreed to, and what may be made twice, may have been changed since.
    var work = SimulatedCall(
      id: id, asks: (last["asks"] == true) != chance(5), repeats: (last["repeats"] == true) != chance(5), stage: .wanted
    )
    let (status, verdict) = (session.status(of: id, in: answer), store.verdict(on: id, in: answer))
    if status == .done || status == .failed { violations.append("a call that has ended before it was kept") }
    let mayBeMade = last["repeats"] == true && status == .running
    let isBegun = mayBeMade || steps.contains { $0["begun"] == last["asked"] }
    if isBegun { maybeMade.insert("\(answer) \(id)") }
    (work.mayBeMade, work.isKnownToRepeat) = (mayBeMade, last["repeats"] == true)
    if isBegun, !work.repeats {
      // Nobody knows.
      counts.unknown += 1
      (work.stage, work.status) = (.over, .failed)
    } else if let verdict, verdict != .approved {
      (work.stage, work.status) = (.over, .rejected)
    } else if work.asks, verdict == .approved {
      work.stage = .allowed
    } else if work.asks, status == .waiting {
      counts.waitedOn += 1
      work.stage = .waiting
    } else if work.asks, status != nil {
      counts.askedAnew += 1
    }
    script.work = work
    return script
  }

  /// The model asks for a call.
  func begin(_ place: Int, in session: LiveSession) {
    let id = "w\(answers[place].begun)"
    answers[place].begun += 1
    var work = SimulatedCall(id: id, asks: chance(2), repeats: chance(3), stage: .asked)
    work.isKnownToRepeat = work.repeats
    answers[place].work = work
    keep(place, ["asked": .string(id), "asks": .bool(work.asks), "repeats": .bool(work.repeats)], in: session)
  }

  /// The call that is under way goes on, where it does not wait for the store or for a person.
  func goOn(_ place: Int, in session: LiveSession) {
    guard let work = answers[place].work, !answers[place].isCancelled else { return answers[place].work = nil }
    // There is more to lose than elsewhere, most where nobody knows whether a call was made.
    if faults.crash < .max, chance(work.isOpen && losesCalls ? 4 : faults.crash / 20) {
      if work.isOpen { counts.openCalls += 1 }
      switch below(4) {
      case 0 where nodes.count > 1: return end()
      case 1 where nodes.count > 1: store.expired.insert(nodes[at].identity)
      default: return crash()
      }
    }
    switch work.stage {
    case .asked, .owning, .noting, .beginning, .ending: break
    case .wanted where work.mayBeMade && work.asks:
      answers[place].work?.stage = .owning
      keep(place, ["begun": .string(work.id)], in: session)
    case .wanted: note(place, work.asks ? .waiting : .running, .noting, in: session)
    case .waiting: if chance(faults.crash == .max ? 1 : 60) { session.expire(work.id, of: answers[place].answer) }
    case .allowed where work.repeats && work.isKnownToRepeat: answers[place].work?.stage = .begun
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
    let key = "\(answer) \(work.id)"
    made[key, default: 0] += 1
    if made[key] != 1 {
      if work.repeats { counts.again += 1 } else { violations.append("a call is made twice") }
      madeAgain.insert(key)
    }
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
        let key = "\(message.id) \(call["id"]?.string ?? "")"
        let count = made[key] ?? 0
        switch call["status"]?.string {
        case "done" where count == 0 || count > 1 && !madeAgain.contains(key):
          problems.append("a call is done that was made \(count) times")
        case "rejected" where count != 0 && !maybeMade.contains(key): problems.append("a call is rejected and made")
        case "running", "waiting": problems.append("a call runs for ever")
        default: break
        }
      }
    }
    return problems
  }
}
