import Conversation
import JSONWire

/// What PostgreSQL is to a session: one session's rows in memory, changed in groups, read in snapshots.
struct ModelStore {
  struct Run {
    let question: MessageID
    var answer: MessageID?
    var takeovers: Int64 = 0
    var durability = Durability.commit
    /// The identity of the node that it is leased to.
    var node: Int
    /// The order in which questions are answered: their version, or its negative for those that go ahead.
    let place: Int64
    var stopping = false
    /// Whether its node has let it go.
    var isReleased = false
  }

  let id: SessionID
  let key = SessionKey(rawValue: 1)
  var version: Int64 = 0
  var title: String?
  var context = SessionContext()
  var isTitleSet = false
  var description: String?
  var metadata = SessionContext()
  var lastUpdate: MessageID?
  private var lastUpdateVersion: Int64 = 0
  /// The last rating of each message that has one.
  private var ratings: [MessageID: MessageID] = [:]
  var isDeleted = false
  /// The nodes that have not renewed their leases in time.
  var expired: Set<Int> = []
  /// In the order of creation.
  private(set) var messages: [Message] = []
  private(set) var places: [MessageID: Int] = [:]
  private(set) var runs: [Run] = []
  /// Answers that may be shown before they are stored.
  private(set) var relaxed: Set<MessageID> = []
  /// Questions that were taken back before their turn.
  private(set) var dropped: Set<MessageID> = []
  /// What was decided of calls, by answer and call.
  private var decisions: [String: (id: MessageID, version: Int64, verdict: ToolVerdict)] = [:]
  /// How many steps were stored before the text that goes before them.
  private(set) var stepsBeforeText = 0
  /// Answers whose beginning has come here, whatever became of it.
  private var begun: Set<MessageID> = []
  /// Answers of which some text was refused.
  private var cut: Set<MessageID> = []
  /// The steps of answers that are being made.
  private(set) var steps: [MessageID: [Change.Keeping]] = [:]
  /// What must never be, found while committing.
  private(set) var violations: [String] = []

  init(id: SessionID) { self.id = id }

  func message(_ id: MessageID) -> Message? { places[id].map { messages[$0] } }

  /// One part of a group.
  enum Item {
    case change(Change, Origin?)
    case growth(Growth)
  }

  /// What became of it.
  struct Result {
    let item: Item
    let outcome: Outcome

    /// The order in which a session is told: versions first, then growths, then the rest.
    var order: Int64 {
      if let version = outcome.version { return version }
      if case .growth = item { return .max - 1 }
      return .max
    }
  }

  /// Commits a group, in the order of the statements; `fails` tells which items the database refuses.
  /// - Parameter isRepeated: whether it may be committed already, since the answer to that was lost.
  mutating func commit(
    _ group: [Item], by node: Int, isRepeated: Bool = false, fails: (Item) -> Bool
  ) -> [Result] {
    var results: [(place: Int, result: Result)] = []
    for statement in 0..<12 {
      for (place, item) in group.enumerated() where Self.statement(of: item) == statement {
        checkBeginning(of: item)
        let outcome = fails(item) && !Self.isTakenAlways(item) ? .failed : apply(item, node, isRepeated)
        if case .growth(let growth) = item, outcome == .failed { cut.insert(growth.answer) }
        results.append((place, Result(item: item, outcome: outcome)))
      }
    }
    return results.sorted { ($0.result.order, $0.place) < ($1.result.order, $1.place) }.map(\.result)
  }

  /// Nothing of an answer comes in a group before its beginning's.
  private mutating func checkBeginning(of item: Item) {
    let answer: MessageID
    switch item {
    case .growth(let growth): answer = growth.answer
    case .change(.begin(let beginning), _):
      begun.insert(beginning.answer)
      return
    case .change(.retry(let retry), _):
      begun.insert(retry.answer)
      return
    case .change(.note(let noting), _): answer = noting.answer
    case .change(.keep(let keeping), _): answer = keeping.answer
    case .change(.complete(let ending), _): answer = ending.answer
    default: return
    }
    if !begun.contains(answer) { violations.append("a part of an answer comes before its beginning") }
  }

  /// An answer that ends for the store's own refusal holds nothing that was refused: where that is refused too, it is
  /// given up until the next node comes.
  private static func isTakenAlways(_ item: Item) -> Bool {
    if case .change(.complete(let ending), _) = item { ending.completion.error?.code == "internal" } else { false }
  }

  private static func statement(of item: Item) -> Int {
    switch item {
    case .change(.create, _), .change(.accept, _): 0
    case .change(.begin, _): 1
    case .growth: 2
    case .change(.keep, _): 3
    case .change(.note, _): 4
    case .change(.decide, _): 5
    case .change(.complete, _): 6
    case .change(.retry, _): 7
    case .change(.update, _): 8
    case .change(.rate, _): 9
    case .change(.stop, _): 10
    case .change(.delete, _): 11
    }
  }

  private mutating func apply(_ item: Item, _ node: Int, _ isRepeated: Bool) -> Outcome {
    switch item {
    case .growth(let growth): grow(growth, node, isRepeated)
    case .change(let change, _):
      switch change {
      case .create: .failed
      case .accept(let acceptance): accept(acceptance, node, isRepeated)
      case .begin(let beginning): begin(beginning, node)
      case .complete(let ending): complete(ending, node)
      case .retry(let retry): self.retry(retry, node, isRepeated)
      case .update(let update): self.update(update)
      case .rate(let rating): rate(rating)
      case .stop(let stopping): stop(stopping)
      case .note(let noting): note(noting, node)
      case .keep(let keeping): keep(keeping, node)
      case .decide(let deciding): decide(deciding)
      case .delete: delete()
      }
    }
  }

  private mutating func insert(_ message: Message) {
    places[message.id] = messages.count
    messages.append(message)
  }

  private mutating func accept(_ acceptance: Change.Acceptance, _ node: Int, _ isRepeated: Bool) -> Outcome {
    if let old = message(acceptance.id) {
      if isRepeated, !acceptance.onlyDuplicate, old.role == .user, old.createdAt == acceptance.createdAt {
        return .committed(version: old.createdVersion, createdAt: old.createdAt)
      }
      return .duplicate(version: old.createdVersion, createdAt: old.createdAt, role: old.role)
    }
    if acceptance.onlyDuplicate { return .refused }
    version += 1
    var message = Message(
      id: acceptance.id, version: version, createdVersion: version, role: .user, status: .complete,
      content: acceptance.content, createdAt: acceptance.createdAt)
    message.metadata = acceptance.metadata
    insert(message)
    runs.append(Run(question: acceptance.id, node: node, place: acceptance.interrupts ? -version : version))
    runs.sort { $0.place < $1.place }
    return .committed(version: version, createdAt: acceptance.createdAt)
  }

  private mutating func begin(_ beginning: Change.Beginning, _ node: Int) -> Outcome {
    if let known = message(beginning.answer) {
      return .committed(version: known.createdVersion, createdAt: known.createdAt)
    }
    guard let place = runs.firstIndex(where: { $0.question == beginning.question }), runs[place].answer == nil,
      runs[place].node == node,
      !runs.contains(where: { $0.answer != nil || $0.place < runs[place].place })
    else { return .refused }
    runs[place].answer = beginning.answer
    runs[place].durability = beginning.durability
    if beginning.durability == .relaxed { relaxed.insert(beginning.answer) }
    version += 1
    var message = Message(
      id: beginning.answer, version: version, createdVersion: version, role: .assistant, status: .streaming,
      content: [], createdAt: beginning.createdAt)
    message.replyTo = beginning.question
    insert(message)
    return .committed(version: version, createdAt: beginning.createdAt)
  }

  private mutating func grow(_ growth: Growth, _ node: Int, _ isRepeated: Bool) -> Outcome {
    let isOwn = runs.contains { $0.answer == growth.answer && $0.node == node && $0.takeovers == growth.takeovers }
    guard isOwn, let place = places[growth.answer] else {
      return .refused
    }
    let known = messages[place].content.dropFirst(growth.offset)
    if isRepeated, known.starts(with: growth.bytes) { return .committed(version: 0, createdAt: 0) }
    if messages[place].content.count != growth.offset { violations.append("a chunk that leaves a hole or overlaps") }
    messages[place].content += growth.bytes
    return .committed(version: 0, createdAt: 0)
  }

  private mutating func complete(_ ending: Change.Ending, _ node: Int) -> Outcome {
    let isOwn = runs.contains { $0.answer == ending.answer && $0.node == node && $0.takeovers == ending.takeovers }
    guard let place = places[ending.answer] else { return .refused }
    guard isOwn else {
      // That it has ended so is all that can be said, and not that nothing has changed it since.
      var ended = messages[place]
      end(&ended, by: ending)
      return ended == messages[place] ? .committed(version: ended.version, createdAt: 0) : .refused
    }
    if !ending.content.starts(with: messages[place].content) { violations.append("committed bytes change") }
    runs.removeAll { $0.answer == ending.answer }
    if ending.completion.status == .complete { checkCalls(of: ending.answer) }
    if ending.hasSteps { steps[ending.answer] = nil }
    version += 1
    messages[place].version = version
    end(&messages[place], by: ending)
    return .committed(version: version, createdAt: 0)
  }

  private func end(_ message: inout Message, by ending: Change.Ending) {
    message.content = ending.content
    message.status = ending.completion.status
    message.reason = ending.completion.reason
    message.error = ending.completion.error
    message.processingMilliseconds = ending.completion.processingMilliseconds
    message.citations = ending.completion.citationsJSON
    if !ending.completion.tools.isEmpty { message.tools = ending.completion.tools }
  }

  /// An answer is complete once each of its calls has had one result.
  private mutating func checkCalls(of answer: MessageID) {
    let steps = (steps[answer] ?? []).compactMap { try? JSONValue(parsing: $0.content) }
    let ends = Dictionary(grouping: steps.compactMap { $0["ended"]?.string }) { $0 }.mapValues(\.count)
    let asked = steps.compactMap { $0["asked"]?.string }
    if Set(asked).count != asked.count { violations.append("a call is asked for twice") }
    for call in asked where ends[call] != 1 { violations.append("a call with \(ends[call] ?? 0) results") }
    if ends.count > asked.count { violations.append("a result of no call") }
  }

  private mutating func note(_ noting: Change.Noting, _ node: Int) -> Outcome {
    let isOwn = runs.contains { $0.answer == noting.answer && $0.node == node && $0.takeovers == noting.takeovers }
    guard let place = places[noting.answer] else { return .refused }
    let told = Self.calls(noting.part == .call ? messages[place].tools : messages[place].reasoning)
    if let object = try? JSONValue(parsing: noting.json), told.contains(where: { $0.isSame(as: object) }) {
      return .committed(version: messages[place].version, createdAt: 0)
    }
    guard isOwn else { return .refused }
    version += 1
    messages[place].version = version
    switch noting.part {
    case .call: messages[place].tools = Self.put(noting.json, into: messages[place].tools)
    case .reasoning: messages[place].reasoning = Self.put(noting.json, into: messages[place].reasoning)
    }
    return .committed(version: version, createdAt: 0)
  }

  private mutating func keep(_ keeping: Change.Keeping, _ node: Int) -> Outcome {
    let isOwn = runs.contains { $0.answer == keeping.answer && $0.node == node && $0.takeovers == keeping.takeovers }
    guard isOwn, let answer = message(keeping.answer) else { return .refused }
    let isKept = steps[answer.id]?.contains { $0.takeovers == keeping.takeovers && $0.number == keeping.number }
    if isKept == true { return .committed(version: 0, createdAt: 0) }
    if answer.content.count < keeping.offset {
      // In the database both fail.
      if cut.contains(answer.id) { return .failed }
      stepsBeforeText += 1
    }
    steps[keeping.answer, default: []].append(keeping)
    return .committed(version: 0, createdAt: 0)
  }

  private mutating func decide(_ deciding: Change.Deciding) -> Outcome {
    guard let place = places[deciding.message],
      let call = Self.calls(messages[place].tools).first(where: { $0["id"]?.string == deciding.call })
    else { return .denied(.absent) }
    if let known = decisions["\(deciding.message) \(deciding.call)"] {
      return .decided(
        Outcome.Decided(
          version: known.version, tool: call.bytes, verdict: known.verdict, isDuplicate: known.id != deciding.id))
    }
    guard messages[place].status == .streaming, call["status"] == "waiting", case .object(var changed) = call else {
      return .denied(.unfit)
    }
    version += 1
    messages[place].version = version
    changed["status"] = .string(deciding.verdict.status.rawValue)
    let tool = JSONValue.object(changed).bytes
    messages[place].tools = Self.put(tool, into: messages[place].tools)
    decisions["\(deciding.message) \(deciding.call)"] = (deciding.id, version, deciding.verdict)
    return .decided(Outcome.Decided(version: version, tool: tool, verdict: deciding.verdict, isDuplicate: false))
  }

  /// What was decided of a call; nil for nothing.
  func verdict(on call: String, in answer: MessageID) -> ToolVerdict? { decisions["\(answer) \(call)"]?.verdict }

  private static func calls(_ tools: [UInt8]) -> [JSONValue] { (try? JSONValue(parsing: tools))?.array ?? [] }

  private static func put(_ tool: [UInt8], into tools: [UInt8]) -> [UInt8] {
    guard let tool = try? JSONValue(parsing: tool) else { return tools }
    var calls = calls(tools)
    if let place = calls.firstIndex(where: { $0["id"] == tool["id"] }) {
      calls[place] = tool
    } else {
      calls.append(tool)
    }
    return JSONValue.array(calls).bytes
  }

  private mutating func retry(_ retry: Change.Retry, _ node: Int, _ isRepeated: Bool) -> Outcome {
    let old = message(retry.replaced)
    let question = old?.replyTo.flatMap(message).map { Question(id: $0.id, content: $0.content) }
    if let known = message(retry.answer) {
      guard let question, old?.replacedBy == retry.answer else { return .denied(.taken) }
      let isOwn = isRepeated && !retry.onlyDuplicate && known.createdAt == retry.createdAt
      return .retried(
        .init(version: known.createdVersion, createdAt: known.createdAt, question: question, isDuplicate: !isOwn))
    }
    if retry.onlyDuplicate || !runs.isEmpty { return .refused }
    guard let old, let place = places[retry.replaced] else { return .denied(.absent) }
    guard let question, old.status != .streaming, messages.last(where: { $0.role == .assistant })?.id == old.id else {
      return .denied(.unfit)
    }
    version += 2
    messages[place].version = version - 1
    messages[place].replacedBy = retry.answer
    var message = Message(
      id: retry.answer, version: version, createdVersion: version, role: .assistant, status: .streaming, content: [],
      createdAt: retry.createdAt)
    message.replyTo = question.id
    insert(message)
    runs.append(
      Run(question: question.id, answer: retry.answer, durability: retry.durability, node: node, place: version))
    if retry.durability == .relaxed { relaxed.insert(retry.answer) }
    return .retried(.init(version: version, createdAt: retry.createdAt, question: question, isDuplicate: false))
  }

  private mutating func update(_ update: Change.Update) -> Outcome {
    if update.id == lastUpdate { return .committed(version: lastUpdateVersion, createdAt: 0) }
    guard update.base == lastUpdate else { return .refused }
    version += 1
    lastUpdateVersion = version
    title = update.title
    context = update.context
    (isTitleSet, description, metadata) = (update.isTitleSet, update.description, update.metadata)
    lastUpdate = update.id
    return .committed(version: version, createdAt: 0)
  }

  private mutating func rate(_ rating: Change.Rating) -> Outcome {
    guard let place = places[rating.message] else { return .denied(.absent) }
    if ratings[rating.message] == rating.id {
      return .committed(version: messages[place].ratedVersion ?? 0, createdAt: 0)
    }
    guard messages[place].role == .assistant, messages[place].status != .streaming else { return .denied(.unfit) }
    ratings[rating.message] = rating.id
    version += 1
    messages[place].version = version
    messages[place].ratedVersion = version
    messages[place].feedback = rating.rating == .none ? nil : rating.rating.rawValue
    return .committed(version: version, createdAt: 0)
  }

  private mutating func delete() -> Outcome {
    if !isDeleted { version += 1 }
    isDeleted = true
    runs = []
    return .committed(version: version, createdAt: 0)
  }

  private mutating func stop(_ stopping: Change.Stopping) -> Outcome {
    for place in runs.indices where runs[place].question == stopping.question { runs[place].stopping = true }
    for run in runs where run.answer == nil && stopping.dropped.contains(run.question) { dropped.insert(run.question) }
    runs.removeAll { $0.answer == nil && stopping.dropped.contains($0.question) }
    return .committed(version: 0, createdAt: 0)
  }

  // MARK: Reading

  /// The messages that a request asks for, in this moment's snapshot.
  func page(_ request: PageRequest) -> Page {
    if let since = request.since {
      let changed = messages.filter { $0.version > since }
      return Page(
        messages: Array(changed.prefix(request.limit)), hasMore: changed.count > request.limit, version: version)
    }
    let older = request.before.map { before in messages.prefix { $0.createdVersion < before } } ?? messages[...]
    return Page(messages: Array(older.suffix(request.limit)), hasMore: older.count > request.limit, version: version)
  }

  /// What a node that loads the session is given.
  func record(_ agent: AgentProfile, for node: Int) -> SessionRecord {
    var record = SessionRecord(
      id: id, key: key, site: 1, owner: [1, 2, 3], agent: agent.id, version: version, title: title, context: context,
      lastUpdate: lastUpdate, runs: storedRuns(for: node))
    (record.isTitleSet, record.description, record.metadata) = (isTitleSet, description, metadata)
    return record
  }

  /// What has changed since a version: at most `limit` messages.
  func news(_ request: NewsRequest, for node: Int, limit: Int) -> SessionNews {
    let changed = messages.filter { $0.version > request.since }
    let tail = request.answer.flatMap(message).flatMap { answer in
      answer.status != .streaming
        ? nil
        : SessionNews.Tail(
          answer: answer.id, offset: request.offset, bytes: Array(answer.content[request.offset...]))
    }
    var news = SessionNews(
      version: version, title: title, context: context, lastUpdate: lastUpdate,
      messages: Array(changed.prefix(limit)), hasMore: changed.count > limit,
      runs: storedRuns(for: node).map { run in
        var run = run
        if run.answer.map({ $0.createdVersion <= request.since }) ?? false { run.answer = nil }
        return run
      }, tail: tail)
    (news.isTitleSet, news.description, news.metadata) = (isTitleSet, description, metadata)
    return news
  }

  /// Those that run or wait, in the order in which they will be answered.
  private func storedRuns(for node: Int) -> [StoredRun] {
    (runs.filter { $0.answer != nil } + runs.filter { $0.answer == nil }).map { run in
      let content = message(run.question)?.content ?? []
      return StoredRun(
        question: Question(id: run.question, content: content, place: run.place),
        answer: run.answer.flatMap(message), stopping: run.stopping, isMine: run.node == node,
        takeovers: run.takeovers, durability: run.durability)
    }
  }

  // MARK: Leases

  /// Gives the runs of nodes that are held for dead to another.
  /// - Returns: whose they were.
  mutating func claim(for node: Int) -> Set<Int> {
    var others: Set<Int> = []
    for place in runs.indices where runs[place].node != node {
      guard runs[place].isReleased || expired.contains(runs[place].node) else { continue }
      others.insert(runs[place].node)
      runs[place].takeovers += runs[place].answer != nil ? 1 : 0
      (runs[place].node, runs[place].isReleased) = (node, false)
    }
    return others
  }

  /// A node lets its runs go but that of one question.
  /// - Returns: how many they are.
  mutating func release(by node: Int, except question: MessageID?) -> Int {
    let idle = runs.indices.filter { runs[$0].node == node && !runs[$0].isReleased && runs[$0].question != question }
    for place in idle { runs[place].isReleased = true }
    return idle.count
  }
}
