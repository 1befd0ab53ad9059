import Accounts
import Agents
import Conversation
import Log
import Reactor
import Store
import Transport

/// Through a session's door: those who come at once are read together.
extension Shard {
  /// The sessions that are read at once, at most. It bounds the memory of the answer.
  static let mostOpened = 32
  /// So many groups are read at once: one is put together here while the database reads the other.
  private static let mostReading = 2

  func enter(_ entrant: Entrant, into id: SessionID) {
    entrant.client.stage = .binding
    engine.pause(entrant.client.connection)
    if let session = sessions[id] { return admit(entrant, to: session, created: false) }
    if opening[id] != nil {
      opening[id]?.append(entrant)
      return
    }
    guard store.isAvailable else { return backToGreeting(entrant.client, .unavailable(ref: entrant.ref)) }
    opening[id] = [entrant]
    unread.append(id)
  }

  /// Those who have come while a session was looked for that is not there go on as if nobody had looked.
  func goOnOpening(_ id: SessionID) {
    guard opening[id]?.isEmpty == false else { return opening[id] = nil }
    unread.append(id)
  }

  /// Begins to read the sessions that somebody waits for, at the end of a turn: one alone where one has come, many where
  /// many have, as after a restart.
  func openSessions() {
    guard !unread.isEmpty, reading < Self.mostReading else { return }
    reading += 1
    loop.task {
      while !unread.isEmpty { await openNext() }
      reading -= 1
    }
  }

  private func openNext() async {
    let ids = Array(unread.prefix(Self.mostOpened))
    unread.removeFirst(ids.count)
    let results = await store.open(ids.map { request(for: $0) })
    for (id, result) in zip(ids, results) {
      switch result {
      case .success(let (record, page)?): opened(record, page: page)
      case .success(nil):
        if let first = opening[id]?.first { loop.task { await make(id, for: first) } }
      case .failure: putOff(id)
      }
    }
  }

  /// What is to be read of a session for the first who waits for it.
  private func request(for id: SessionID) -> PageRequest {
    guard let hello = opening[id]?.first?.hello else { return PageRequest(session: id, limit: 0) }
    return Binding(
      reader: Reader(token: 0), ref: nil, session: id, position: hello.position, history: hello.history, token: nil,
      created: false
    ).request
  }

  /// Makes a session that nobody has, or reads it where another node is faster.
  private func make(_ id: SessionID, for entrant: Entrant) async {
    guard let agent = directory.agent(entrant.hello.agent, for: entrant.client.passport.site)?.profile else {
      return turnAway(from: id, ProtocolError(.notFound, "there is no such agent"), .notFound)
    }
    for _ in 0..<3 {
      switch await create(id, for: entrant, agent) {
      case .created(let key):
        let record = SessionRecord(
          id: id, key: key, site: entrant.client.passport.site.id, owner: entrant.owner, agent: agent.id)
        return opened(record, page: Page(messages: [], hasMore: false, version: 0), created: true)
      case .unavailable: return putOff(id)
      case .refused:
        switch await store.open([request(for: id)])[0] {
        case .success(let (record, page)?): return opened(record, page: page)
        case .success(nil): continue
        case .failure: return putOff(id)
        }
      default: break
      }
      break
    }
    turnAway(from: id, ProtocolError(.internal, "the session could not be made"), .internalError)
  }

  private func create(_ id: SessionID, for entrant: Entrant, _ agent: AgentProfile) async -> Outcome {
    let passport = entrant.client.passport
    let creation = creation(
      of: id, on: passport.site.id, agent.id, for: entrant.owner, passport.bearer, entrant.hello.visitor,
      address: entrant.client.connection.peer?.host)
    return await withCheckedContinuation { continuation in
      journal.submit(.create(creation)) { continuation.resume(returning: $0) }
    }
  }

  /// A session that is to be made.
  /// - Parameter bearer: who is known by a credential; nil: nobody but by `owner`.
  func creation(
    of id: SessionID, on site: Int64, _ agent: Int64, for owner: [UInt8], _ bearer: Bearer?,
    _ visitor: ClientFrame.Visitor, address: String?
  ) -> Change.Creation {
    var visitor = visitor
    if let bearer, bearer.isIdentified {
      // Of one for whom somebody vouches nothing is believed that it says itself, but what it likes to be called.
      (visitor.name, visitor.email) = (bearer.name ?? visitor.name, bearer.email)
    }
    var creation = Change.Creation(
      id: id, site: site, agent: agent, owner: owner, visitor: visitor, address: address, createdAt: wallClock)
    (creation.user, creation.subject) = (bearer?.user, bearer?.subject)
    return creation
  }

  /// A session in memory, as it is stored; nil where its agent is not known here yet.
  func live(_ record: SessionRecord) -> LiveSession? {
    guard let agent = directory.profile(ofAgent: record.agent, on: record.site) else { return nil }
    return LiveSession(
      record, agent: agent, limits: node.settings.limits,
      agentContinues: roster[agent.slug]?.continues ?? false, durability: node.settings.durability,
      makesTitles: node.settings.makesTitles)
  }

  private func opened(_ record: SessionRecord, page: Page, created: Bool = false) {
    guard !record.isDeleted else { return turnAway(from: record.id, .notTheOwner, .unauthenticated) }
    // An agent that was made a moment ago: the notification is on its way.
    guard let session = live(record) else { return putOff(record.id) }
    opened(session, page: page, created: created)
  }

  /// Lets in who waits for a session that was read, or made.
  /// - Parameter page: what the first of them needs, where that was read.
  func opened(_ session: LiveSession, page: Page?, created: Bool) {
    sessions[session.id] = session
    session.holdsRuns = isDraining
    log.debug("session in memory", ["session": session.id, "created": created ? "yes" : "no"])
    let entrants = opening.removeValue(forKey: session.id) ?? []
    if !hintedEarly.isEmpty, hintedEarly.remove(session.id) != nil { session.hint() }
    for (place, entrant) in entrants.enumerated() {
      // The others read their own.
      admit(entrant, to: session, created: created && place == 0, page: place == 0 ? page : nil)
    }
    retire(session)
  }

  /// A session can't be read for now: who waits for it may come again.
  func putOff(_ id: SessionID) {
    for entrant in opening.removeValue(forKey: id) ?? [] {
      backToGreeting(entrant.client, .unavailable(ref: entrant.ref))
    }
  }

  func turnAway(from id: SessionID, _ error: ProtocolError, _ code: CloseCode) {
    for entrant in opening.removeValue(forKey: id) ?? [] where client(of: entrant.client.connection) != nil {
      var error = error
      error.ref = entrant.ref
      dismiss(entrant.client, error, code)
    }
  }

  private func admit(_ entrant: Entrant, to session: LiveSession, created: Bool, page: Page? = nil) {
    let client = entrant.client
    guard self.client(of: client.connection) === client else { return }
    guard directory.site(id: client.passport.site.id) != nil else {
      return dismiss(client, ProtocolError(.notFound, "there is no such site", ref: entrant.ref), .notFound)
    }
    if let bearer = client.passport.bearer, directory.credentials.isTakenBack(bearer) {
      return turnAway(client, .refused("this log-in has ended"), ref: entrant.ref)
    }
    guard session.isOwned(by: entrant.owner, of: client.passport.site.id) else {
      return askForOwner(entrant, of: session, created: created)
    }
    let reader = Reader(token: UInt64(client.connection.slot), until: client.passport.errand.question)
    client.stage = .bound(session, reader)
    guard client.passport.errand.isReading else {
      carryOut(client, in: session, reader, ref: entrant.ref)
      return perform(session)
    }
    session.bind(
      Binding(
        reader: reader, ref: entrant.ref, session: session.id, position: entrant.hello.position,
        history: entrant.hello.history, token: client.passport.madeToken, created: created))
    perform(session, page: page)
  }

  /// Another node may have made the session somebody else's: the store knows.
  private func askForOwner(_ entrant: Entrant, of session: LiveSession, created: Bool) {
    let client = entrant.client
    func refuse() {
      var error = ProtocolError.notTheOwner
      error.ref = entrant.ref
      dismiss(client, error, .unauthenticated)
    }
    guard client.passport.bearer?.isIdentified == true else { return refuse() }
    loop.task {
      do {
        let owner = try await store.owner(of: session.key)
        guard self.client(of: client.connection) === client else { return }
        guard let owner, owner == entrant.owner else { return refuse() }
        session.belongs(to: owner)
        // It may have gone from memory meanwhile.
        if sessions[session.id] === session {
          admit(entrant, to: session, created: created)
        } else {
          enter(entrant, into: session.id)
        }
      } catch {
        backToGreeting(client, .unavailable(ref: entrant.ref))
      }
    }
  }
}
