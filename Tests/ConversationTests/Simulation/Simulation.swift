import Conversation
import JSONWire
import SeededRandom

/// One session on nodes that die now and then, or are held for dead; its store, its agents and its clients: everything
/// that happens happens in one place, in an order that a seed decides. No I/O, no clock but a counter.
final class Simulation {
  var random: SeededGenerator
  /// What sessions have their ids from: nothing else may depend on those.
  var ids: SeededGenerator
  let limits: Limits
  /// Whether agents go on with what another node has begun.
  var agentContinues = false
  /// The places of the nodes that show text before it is stored.
  var relaxedNodes: Set<Int> = []
  var makesTitles = false
  let agent = AgentProfile(id: 1, slug: "script", name: "Script", greeting: "שלום", suggestions: ["a", "b"])
  var now: Int64 = 1_700_000_000_000

  var store: ModelStore
  var nodes: [SimulatedNode] = []
  /// The node at which something happens.
  var at = 0
  /// Until this step nobody comes back.
  var quietUntil = 0
  /// Until this step the store commits nothing, while everybody goes on asking.
  var stalledUntil = 0
  /// How many changes a group of a journal takes.
  var groupSize = 1000

  var clients: [Participant] = []
  var connections: [Connection] = []
  var faults: Faults
  var violations: [String] = []
  /// All frames, in order, and what of them has nothing to do with ids: told from another world's by their digests.
  var story: UInt64 = 0xCBF2_9CE4_8422_2325
  var outline: UInt64 = 0xCBF2_9CE4_8422_2325
  /// The calls that were made, by their answers; and those that were made again since that does no harm.
  var made: [String: Int] = [:]
  var madeAgain: Set<String> = []
  /// Those that may have been made when somebody was asked for them.
  var maybeMade: Set<String> = []
  /// Whether agents have much to call, and nodes die most often while nobody can tell whether a call was made.
  var losesCalls = false
  var counts = Counts()
  private var isCarryingOut = false

  /// What may go wrong, each one time in so many.
  struct Faults {
    var failure = 60
    var crash = 800
    var cut = 40
    var lostPage = 40
    var lostHint = 10
    var stall = 100
    var lostAnswer = 30
    static let none = Faults(
      failure: .max, crash: .max, cut: .max, lostPage: .max, lostHint: .max, stall: .max, lostAnswer: .max)
  }

  /// What has happened, so that a run which reaches too little shows.
  struct Counts: Equatable {
    var steps = 0, frames = 0, bytes = 0
    var cuts = 0, crashes = 0, evictions = 0, failures = 0, groups = 0
    var fresh = 0, resumed = 0, tails = 0, deltas = 0, histories = 0, sent = 0, duplicates = 0
    var refused = 0, stops = 0, interrupts = 0, limited = 0, updates = 0, interrupted = 0, stopped = 0
    var ratings = 0, titled = 0, calls = 0, decided = 0, thoughts = 0
    var made = 0, unknown = 0, rejected = 0, resumedCalls = 0, waitedOn = 0, left = 0
    var again = 0, askedAnew = 0, repeated = 0, openCalls = 0
    var retried = 0, continued = 0, followed = 0, thefts = 0, handedOver = 0, early = 0, lost = 0
  }

  init(_ random: SeededGenerator, nodes: Int = 1, clients count: Int, limits: Limits, faults: Faults = Faults()) {
    self.random = random
    ids = SeededGenerator(seed: self.random.next())
    self.limits = limits
    self.faults = faults
    store = ModelStore(id: .random(using: &self.random))
    for identity in 0..<nodes { self.nodes.append(SimulatedNode(identity: identity)) }
    for index in 0..<count { clients.append(Participant(index: index)) }
  }

  func chance(_ oneIn: Int) -> Bool { oneIn < .max && Int.random(in: 0..<oneIn, using: &random) == 0 }
  func below(_ bound: Int) -> Int { Int.random(in: 0..<max(1, bound), using: &random) }

  // MARK: Steps

  /// One thing happens.
  func step() {
    counts.steps += 1
    now += Int64(below(20))
    session?.endTyping(now: UInt64(now))
    at = below(nodes.count)
    // Where calls are to be lost, agents are quicker.
    if losesCalls, chance(3) { return write() }
    switch below(112) {
    case 0..<34: receive()
    case 34..<54: write()
    case 54..<62: formGroup()
    case 62..<70: commitGroup()
    case 70..<80: settleGroup()
    case 80..<84: snapshot()
    case 84..<89: deliverPage()
    case 89..<98: act()
    case 98..<102: readNews()
    case 102..<106: deliverNews()
    case 106..<109: takeHint()
    case 109: sweep()
    default: mishap()
    }
  }

  /// Lets everything come to rest: no more faults, everybody connected, nothing under way.
  func settleDown() {
    faults = .none
    for connection in connections where clients[connection.client].connection != connection.token {
      close(connection.reader)
    }
    store.expired.subtract(nodes.map(\.identity))
    for place in nodes.indices where nodes[place].isEnding {
      at = place
      crash()
    }
    for round in 0..<200_000 {
      counts.steps += 1
      let isBusy = drain() || clients.contains { $0.connection == nil }
      for place in clients.indices where clients[place].connection == nil { connect(place, afresh: false) }
      if !isBusy {
        // What a store refused is left for the next node.
        guard !store.runs.isEmpty else { break }
        for place in nodes.indices {
          at = place
          crash()
        }
      }
      if round == 199_999 { violations.append("it does not come to rest") }
    }
  }

  /// Whether something moved.
  func drain() -> Bool {
    let before = counts
    let busy =
      nodes.contains { $0.isBusy || $0.session.map { $0.version < store.version } ?? false }
      || connections.contains { !$0.pipe.isEmpty } || clients.contains { $0.connection == nil }
    for place in nodes.indices {
      at = place
      write()
      formGroup()
      commitGroup()
      settleGroup()
      snapshot()
      deliverPage()
      takeHint()
      readNews()
      deliverNews()
      sweep()
    }
    for place in clients.indices where clients[place].connection != nil { receive(place, most: 4) }
    return busy || counts.frames != before.frames
  }

  // MARK: The journal

  func formGroup() {
    guard group == nil, results == nil, session != nil,
      let batch = nodes[at].journal.next(limit: groupSize, isShared: nodes.count > 1)
    else { return }
    counts.groups += 1
    group =
      batch.entries.map { ModelStore.Item.change($0.change, $0.origin) }
      + batch.group.growths.map { ModelStore.Item.growth($0) }
  }

  func commitGroup() {
    guard let items = group, counts.steps >= stalledUntil || faults.stall == .max else { return }
    let isRepeated = nodes[at].isRepeated
    if chance(faults.lostAnswer) {
      // It is tried again as it is, and nobody is told of it before.
      nodes[at].isRepeated = true
      counts.repeated += 1
      if chance(3) { return }
      _ = store.commit(items, by: nodes[at].identity, isRepeated: isRepeated) { _ in false }
      return
    }
    (group, nodes[at].isRepeated) = (nil, false)
    defer { announce() }
    let failure = faults.failure
    var generator = random
    let early = store.stepsBeforeText
    results = store.commit(items, by: nodes[at].identity, isRepeated: isRepeated) { _ in
      !isRepeated && failure < .max && Int.random(in: 0..<failure, using: &generator) == 0
    }
    random = generator
    // The text of an answer that has ended comes with its end.
    if store.stepsBeforeText > early, session?.run?.isEnding != true { violations.append("a step before its text") }
    counts.failures += results?.count { $0.outcome == .failed } ?? 0
  }

  func settleGroup() {
    guard let results, let session else { return }
    self.results = nil
    nodes[at].journal.finished()
    for result in results {
      switch result.item {
      case .change(let change, let origin): session.settle(change, origin, result.outcome, now: now)
      case .growth(let growth): session.settle(growth, result.outcome, now: now)
      }
    }
    carryOut()
  }

  // MARK: Pages

  func snapshot() {
    guard let place = reads.indices.randomElement(using: &random), reads[place].page == nil else { return }
    switch reads[place].purpose {
    case .binding(let binding): reads[place].page = store.page(binding.request)
    case .history(let request, _): reads[place].page = store.page(request)
    }
  }

  func deliverPage() {
    guard let session, let place = reads.indices.randomElement(using: &random), let page = reads[place].page else {
      return
    }
    let read = reads.remove(at: place)
    switch read.purpose {
    case .binding(let binding):
      if chance(faults.lostPage) {
        session.bindingFailed(binding)
        close(binding.reader)
      } else {
        session.bind(binding, with: page)
      }
    case .history(let request, let origin):
      if !session.show(page, to: origin) { reads.append(SimulatedNode.Read(purpose: .history(request, origin))) }
    }
    carryOut()
  }

  // MARK: The agent

  func write() {
    guard let session, let place = answers.indices.randomElement(using: &random) else { return }
    let script = answers[place]
    defer { carryOut() }
    if script.work != nil { return goOn(place, in: session) }
    if script.chunks == 0 {
      answers.remove(at: place)
      var end = Completion(.complete)
      if script.givesUp || chance(6) {
        end = Completion(.failed, error: AnswerError(code: "agent_failed", message: "It broke."))
      }
      if chance(4) { end.citations = [Citation(title: "A \"page\"", url: "/a", excerpt: "…")] }
      return session.finish(script.answer, end, now: now)
    }
    if script.calls, chance(3) { return call(script.answer, in: session) }
    if chance(6) {
      let thought = SimulatedText.random(upTo: 60, using: &random)
      if session.think(String(decoding: thought, as: UTF8.self), isCut: chance(4), in: script.answer) != nil {
        counts.thoughts += 1
      }
      return
    }
    if script.works, script.begun < 6, chance(3) { return begin(place, in: session) }
    answers[place].chunks -= 1
    let text = SimulatedText.random(upTo: chance(8) ? 900 : 60, using: &random)
    let takes = session.append(text, to: script.answer, now: now)
    if !takes || script.isCancelled && chance(2) { answers.removeAll { $0.answer == script.answer } }
  }

  /// A call of a tool, or what became of it.
  private func call(_ answer: MessageID, in session: LiveSession) {
    let status = [ToolStatus.waiting, .waiting, .running, .done, .failed][below(5)]
    let call = JSONObject([
      ("id", .string("c\(below(3))")), ("name", "find"), ("title", "Finds"), ("status", .string(status.rawValue)),
      ("duration_ms", .int(Int64(below(1000)))),
    ])
    if session.note(call, to: answer) { counts.calls += 1 }
  }

  // MARK: The node

  /// The session in memory, loaded from the store where it is not.
  func live() -> LiveSession {
    if let session { return session }
    let session = LiveSession(
      store.record(agent, for: nodes[at].identity), agent: agent, limits: limits, agentContinues: agentContinues,
      durability: relaxedNodes.contains(at) ? .relaxed : .commit, makesTitles: makesTitles)
    session.makeID = { [unowned self] in .random(using: &ids) }
    session.holdsRuns = nodes[at].isEnding
    self.session = session
    return session
  }

  /// The node dies: what is not committed is gone, what is may not have been told.
  func crash() {
    counts.crashes += 1
    if chance(2) { commitGroup() }
    store.expired.insert(nodes[at].identity)
    let next = (nodes.map(\.identity).max() ?? 0) + 1
    nodes[at] = SimulatedNode(identity: next)
    connections.removeAll { $0.node == at && clients[$0.client].connection != $0.token }
    for place in connections.indices where connections[place].node == at {
      (connections[place].isOpen, connections[place].isBound) = (false, false)
    }
  }

  /// Carries out what the session asks for, in order.
  func carryOut() {
    guard let session, !isCarryingOut else { return }
    isCarryingOut = true
    defer { isCarryingOut = false }
    var actions = session.takeActions()
    while !actions.isEmpty {
      for action in actions {
        switch action {
        case .commit(let change, let origin): nodes[at].journal.submit(change, of: session, from: origin)
        case .grown: nodes[at].journal.note(session)
        case .read(let binding): reads.append(SimulatedNode.Read(purpose: .binding(binding)))
        case .send(let reader, let frame): send(frame, to: reader)
        case .follow(let request): newsReads.append((request, nil))
        case .deliver: for place in connections.indices where connections[place].node == at { fill(place) }
        case .close(let reader, _): close(reader)
        case .run(_, let answer):
          // It may be one that was lost, and is this node's again.
          answers.removeAll { $0.answer == answer }
          if nodes[at].isEnding { continue }
          if let run = session.run, run.answer == answer, !run.buffer.bytes.isEmpty { counts.continued += 1 }
          answers.append(script(for: answer, in: session))
        case .noted(let answer, let call): told(answer) { $0.isNoted(call) }
        case .kept(let answer, let step, let isStored): told(answer) { $0.isKept(step, isStored) }
        case .decided(let answer, let call, let verdict):
          counts.decided += 1
          told(answer) { $0.isDecided(call, verdict) }
        case .vanish: for reader in session.readers { close(reader) }
        case .cancel(let answer):
          for place in answers.indices where answers[place].answer == answer { answers[place].isCancelled = true }
        }
      }
      actions = session.takeActions()
    }
  }

  /// The node dies, a connection breaks, or the session is forgotten where nobody needs it.
  func mishap() {
    // Most often when there is something to lose.
    let isAnswering = session?.run.map { !$0.buffer.bytes.isEmpty } ?? false
    switch below(5) {
    case 0 where nodes[at].isEnding: if chance(4) { crash() }
    case 0 where nodes.count > 1 && chance(faults.crash / (isAnswering ? 400 : 100)): end()
    case 0: if chance(faults.crash / (isAnswering ? 400 : 100)) { crash() }
    // The node is held for dead, although it only was slow.
    case 4: if chance(faults.crash / (isAnswering ? 800 : 200)) { store.expired.insert(nodes[at].identity) }
    case 1 where chance(6): leave()
    case 2 where chance(faults.stall): stalledUntil = counts.steps + below(300)
    case 1: if let place = connections.indices.randomElement(using: &random) { cut(place) }
    default:
      guard let session, session.isIdle, journal.isEmpty, group == nil, results == nil, newsReads.isEmpty else {
        return
      }
      if answers.contains(where: { !$0.isCancelled }) { violations.append("an agent works for nobody") }
      answers = []
      counts.evictions += 1
      reads = []
      self.session = nil
    }
  }
}
