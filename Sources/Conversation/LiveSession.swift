/// A session that somebody is connected to, or that is being answered: its rules, without any I/O. Frames, commits and
/// the agent's text go in; actions come out and are carried out by the caller in their order.
///
/// Everything that a reader is told was committed before, but for the bytes of an answer that is `relaxed`: changes come
/// back from the journal as versions, and only then become events. Events and the answer that is streaming are shared by
/// all readers, each of which is only a place in them.
package final class LiveSession {
  package let id: SessionID
  package let key: SessionKey
  package let agent: AgentProfile
  package let site: Int64
  /// The digest by which its owner is known.
  package internal(set) var owner: [UInt8]
  let limits: Limits
  /// Whether its agent can go on with an answer that was begun on another node.
  let agentContinues: Bool
  /// When the bytes of answers that begin here may be shown.
  let durability: Durability
  /// Whether the session is given a title by its first question, where nobody has chosen one.
  let makesTitles: Bool

  /// The last committed version.
  package internal(set) var version: Int64
  package internal(set) var title: String?
  /// Whether somebody has chosen the title, or that there be none.
  var isTitleSet: Bool
  var description: String?
  package internal(set) var context: SessionContext
  var metadata: SessionContext
  /// Whether somebody has deleted it.
  package internal(set) var isGone = false

  /// Everyone who has been welcomed.
  package internal(set) var readers: [Reader] = []
  /// The versions that some reader has not been told yet, in order and without a gap up to `version`.
  var events: [SessionEvent] = []
  /// What this node has committed beyond a version that another node has brought, and that is not known yet.
  var ahead: [SessionEvent] = []
  /// The answer that was begun by the last of `events`, and not ended.
  var open: AnswerBuffer?
  var deltas = DeltaFrames()

  /// The answer that is being made, and the questions that wait.
  package internal(set) var run: Run?
  var waiting: [Question] = []
  /// Those of them that somebody had stopped before their node died: they are answered with nothing.
  var stoppedBeforeStart: Set<MessageID> = []
  /// Questions that wait on other nodes.
  var elsewhere: [Question] = []
  /// Sends that the journal has, by their ids: a second one of the same id waits with the first.
  var accepting: [MessageID: Acceptance] = [:]
  /// Retries that the journal has, by the ids of the new answers, each with those who asked for it again.
  var retrying: [MessageID: [Origin]] = [:]
  /// The version of the last mark on a message that was final already.
  var markedAt: Int64 = 0
  var stopsBeforeRun: [(ClientFrame.Stop, Origin)] = []
  /// Those that wait; one of the session's own has no origin.
  var updates: [(ClientFrame.UpdateSession, Origin?)] = []
  var isUpdating = false
  var pendingUpdate: Change.Update?
  /// The last change of title and context that is known.
  var lastUpdate: MessageID?
  var ratings: [(ClientFrame.Rate, Origin)] = []
  var isRating = false
  /// What was said of calls that wait, in order; the first of them is on its way to the store where one is.
  var decisions: [(Change.Deciding, Origin?)] = []
  var isDeciding = false
  /// Who is typing, and until when.
  var typists: [(reader: Reader, until: UInt64)] = []
  /// Until when somebody is taken to be typing on another node; 0: nobody is.
  var typingElsewhere: UInt64 = 0

  /// Reads and versioned changes take turns, so that a page's version is the session's own when it arrives.
  var versionedInJournal = 0
  var reading = 0
  var hasJustRead = false
  var waitingBindings: [Binding] = []
  /// Whether other nodes may have changed the session since the last reading of their news.
  var wantsNews = false
  var hasJustFollowed = false
  /// Whether their news are on their way.
  var isFollowing = false
  /// Whether runs of a node that is gone are this node's now; and whether the news that are being read will know it.
  var takesOver = false
  var isTakingOver = false
  var heldBack: [(Change, Origin?)] = []
  /// What the journal has of this session, versioned or not.
  package internal(set) var inJournal = 0

  /// Whether questions wait for another node, since this one ends.
  package var holdsRuns = false

  /// Where it has ids from: of answers, and of changes that are told apart by one.
  package var makeID: () -> MessageID = MessageID.fresh

  /// For whoever runs the session: whether it is noted already as having bytes to commit, or something to deliver.
  package var isGrowing = false
  package var isDelivering = false

  private var actions: [SessionAction] = []
  private var isToDeliver = false

  struct Acceptance {
    let question: Question
    let interrupts: Bool
    /// Where it is stored already, or not at all: when its sender may send again.
    let delay: Delay?
    var repeats: [Origin]
  }

  /// - Parameters:
  ///   - record: the session as it is stored.
  ///   - agent: who answers in it.
  ///   - agentContinues: whether its agent can go on with an answer that was begun on another node.
  ///   - durability: when the bytes of answers that begin here may be shown.
  ///   - makesTitles: whether it is given a title by its first question, where nobody has chosen one.
  package init(
    _ record: SessionRecord, agent: AgentProfile, limits: Limits, agentContinues: Bool = false,
    durability: Durability = .commit, makesTitles: Bool = false
  ) {
    self.agentContinues = agentContinues
    self.durability = durability
    self.makesTitles = makesTitles
    id = record.id
    key = record.key
    self.agent = agent
    site = record.site
    owner = record.owner
    self.limits = limits
    version = record.version
    title = record.title
    isTitleSet = record.isTitleSet
    description = record.description
    context = record.context
    metadata = record.metadata
    lastUpdate = record.lastUpdate
    for stored in record.runs {
      if let answer = stored.answer, run == nil {
        run = Run(foreign: stored, answer: answer)
        open = run?.buffer
      } else {
        queue(stored)
      }
    }
  }

  /// Whether the session is that site's, and the visitor's whose token has that digest; in constant time.
  package func isOwned(by digest: [UInt8], of site: Int64) -> Bool {
    guard self.site == site, digest.count == owner.count else { return false }
    return zip(digest, owner).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  /// Notes whose it is, as the store has it now. Who is there by the old owner's right stays.
  package func belongs(to owner: [UInt8]) { self.owner = owner }

  /// Whether nothing needs the session in memory.
  package var isIdle: Bool {
    readers.isEmpty && run?.isForeign != false && waiting.isEmpty && !wantsNews && !takesOver && accepting.isEmpty
      && inJournal == 0 && reading == 0
      && waitingBindings.isEmpty && heldBack.isEmpty
  }

  /// Whether questions wait on other nodes. Those may be dropped, which is no version, and who is not told of it would wait
  /// for them.
  package var waitsForOthers: Bool { !elsewhere.isEmpty }

  /// Takes what the last calls asked for, in order. `deliver` comes once and last: by then every direct answer is on its
  /// way, so that no reader is told of a change before its asker is answered, or the rest of a page before the page.
  package func takeActions() -> [SessionAction] {
    defer {
      actions.removeAll(keepingCapacity: true)
      isToDeliver = false
    }
    if isToDeliver { actions.append(.deliver) }
    return actions
  }

  /// Forgets a reader whose connection is gone, or that leaves for another session. It is not bound again.
  package func remove(_ reader: Reader) {
    reader.isGone = true
    readers.removeAll { $0 === reader }
    typists.removeAll { $0.reader === reader }
    waitingBindings.removeAll { $0.reader === reader }
    trimEvents()
  }

  func act(_ action: SessionAction) {
    if case .deliver = action { isToDeliver = true } else { actions.append(action) }
  }

  func refuse(_ origin: Origin, _ code: ProtocolError.Code, _ message: String) {
    act(.send(origin.reader, ServerFrame.error(ProtocolError(code, message, ref: origin.ref))))
  }

  /// Tells who has asked for something that it was not stored: whether that is so for now, or for good.
  func refuse(_ origin: Origin, _ outcome: Outcome, _ message: String) {
    guard outcome == .unavailable else { return refuse(origin, .internal, message) }
    act(.send(origin.reader, ServerFrame.error(.unavailable(ref: origin.ref))))
  }

  // MARK: The journal

  /// Hands a change to the journal, or holds it back while a page is read.
  func commit(_ change: Change, from origin: Origin? = nil) {
    guard change.isOrdered else { return submit(change, origin) }
    // Nor may it overtake those that are held back.
    if reading > 0 || wantsNews || !waitingBindings.isEmpty || !heldBack.isEmpty {
      return heldBack.append((change, origin))
    }
    versionedInJournal += 1
    submit(change, origin)
  }

  private func submit(_ change: Change, _ origin: Origin?) {
    inJournal += 1
    if case .begin = change { run?.isSubmitted = true }
    act(.commit(change, origin))
  }

  /// Lets those go on who waited for the journal, or for a page: in turns, so that neither starves the other.
  func takeTurns() {
    guard !isGone, reading == 0, versionedInJournal == 0 else { return }
    if !heldBack.isEmpty, hasJustRead || waitingBindings.isEmpty && !wantsNews {
      hasJustRead = false
      let next = heldBack
      heldBack = []
      versionedInJournal += next.count
      for (change, origin) in next { submit(change, origin) }
      if let run, run.isSubmitted, run.buffer.hasUnsubmitted { act(.grown) }
    } else if wantsNews, !hasJustFollowed || waitingBindings.isEmpty {
      startFollowing()
    } else {
      hasJustFollowed = false
      let next = waitingBindings
      waitingBindings = []
      for binding in next { startReading(binding) }
    }
  }

  func startReading(_ binding: Binding) {
    reading += 1
    hasJustRead = true
    act(.read(binding))
  }
}
