import Conversation

/// A server's share of a simulated world: its session in memory, its journal, its reads and its agents.
struct SimulatedNode {
  /// Under which its runs are leased; a node that died comes back with another.
  let identity: Int
  var session: LiveSession?
  /// The journal: what waits for the next group; the group that is being committed, and what became of it.
  var journal = Journal()
  var group: [ModelStore.Item]?
  var results: [ModelStore.Result]?
  /// Whether the group may be committed already, since the answer to that was lost.
  var isRepeated = false
  var reads: [Read] = []
  /// News on their way from the store.
  var newsReads: [(request: NewsRequest, news: SessionNews?)] = []
  /// Whether a hint of another node is on its way here.
  var isHinted = false
  var answers: [Script] = []
  /// Whether it hands over what it has not begun.
  var isEnding = false

  init(identity: Int) { self.identity = identity }

  /// A page on its way from the store.
  struct Read {
    enum Purpose {
      case binding(Binding)
      case history(PageRequest, Origin)
    }
    let purpose: Purpose
    var page: Page?
  }

  /// An agent at work.
  struct Script {
    let answer: MessageID
    var chunks: Int
    var isCancelled = false
    /// Whether it can't go on, and has to say so.
    var givesUp = false
    /// Whether it tells of calls that are none.
    var calls = false
    /// Whether it has tools called as models do, how many calls it has begun, and the one that is under way.
    var works = false
    var begun = 0
    var work: SimulatedCall?
  }

  var isBusy: Bool {
    !journal.isEmpty || group != nil || results != nil || !reads.isEmpty || !newsReads.isEmpty || !answers.isEmpty
      || isHinted
  }
}

/// What belongs to the node at which something happens.
extension Simulation {
  var session: LiveSession? {
    get { nodes[at].session }
    set { nodes[at].session = newValue }
  }
  var journal: Journal {
    get { nodes[at].journal }
    set { nodes[at].journal = newValue }
  }
  var group: [ModelStore.Item]? {
    get { nodes[at].group }
    set { nodes[at].group = newValue }
  }
  var results: [ModelStore.Result]? {
    get { nodes[at].results }
    set { nodes[at].results = newValue }
  }
  var reads: [SimulatedNode.Read] {
    get { nodes[at].reads }
    set { nodes[at].reads = newValue }
  }
  var newsReads: [(request: NewsRequest, news: SessionNews?)] {
    get { nodes[at].newsReads }
    set { nodes[at].newsReads = newValue }
  }
  var answers: [SimulatedNode.Script] {
    get { nodes[at].answers }
    set { nodes[at].answers = newValue }
  }

  // MARK: Between nodes

  /// A group is committed: the others are told, mostly.
  func announce() {
    for place in nodes.indices where place != at && !chance(faults.lostHint) { nodes[place].isHinted = true }
  }

  /// A hint arrives, or the node finds by itself that there is something new.
  func takeHint() {
    let misses = session.map { $0.version < store.version || $0.waitsForOthers } ?? false
    guard nodes[at].isHinted || misses && newsReads.isEmpty else { return }
    nodes[at].isHinted = false
    session?.hint()
    carryOut()
  }

  func readNews() {
    guard let place = newsReads.indices.randomElement(using: &random), newsReads[place].news == nil else { return }
    newsReads[place].news = store.news(
      newsReads[place].request, for: nodes[at].identity, limit: chance(10) ? 1 + below(4) : 200)
  }

  func deliverNews() {
    guard let session, let news = newsReads.first?.news else { return }
    newsReads.removeFirst()
    counts.followed += 1
    session.follow(news, now: now)
    carryOut()
  }

  /// The node renews its leases, and takes over what is left behind.
  func sweep() {
    guard !nodes[at].isEnding else { return handOver() }
    store.expired.remove(nodes[at].identity)
    let lost = store.claim(for: nodes[at].identity)
    guard !lost.isEmpty else { return }
    if nodes.contains(where: { lost.contains($0.identity) }) { counts.thefts += 1 }
    live().takeOver()
    carryOut()
  }

  /// The node is to end, and to leave to the others what it does not work on.
  func end() {
    nodes[at].isEnding = true
    session?.holdsRuns = true
  }

  private func handOver() {
    store.expired.remove(nodes[at].identity)
    // Its agents are given up when they take too long.
    if chance(10) { answers = [] }
    leaveWaiting()
    var question: MessageID?
    if let session, let run = session.run,
      session.isStoringAnswer || answers.contains(where: { $0.answer == run.answer })
    {
      question = run.question.id
    }
    counts.handedOver += store.release(by: nodes[at].identity, except: question)
  }
}
