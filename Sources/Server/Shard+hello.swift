import Accounts
import Agents
import Conversation
import Log
import Reactor
import Store
import Transport

/// Somebody on the way into a session.
struct Entrant {
  let client: Client
  let hello: ClientFrame.Hello
  let ref: String?
  /// The digest that its sessions are known by.
  let owner: [UInt8]
}

/// From `hello` to the session's door.
extension Shard {
  /// Takes a `hello` or a `session.new`: the client goes to the session's home, and in.
  func greet(_ client: Client, _ hello: ClientFrame.Hello, ref: String?) {
    do throws(CredentialError) {
      try identify(client, hello)
      if let visitor = try visitorToMerge(client, hello) { return merge(visitor, into: client, hello, ref: ref) }
    } catch {
      return turnAway(client, error, ref: ref)
    }
    bring(client, hello, ref: ref)
  }

  /// Brings a client whose owner is known to the home of its session, and in.
  func bring(_ client: Client, _ hello: ClientFrame.Hello, ref: String?) {
    guard let owner = client.passport.owner else { return }
    var hello = hello
    (hello.token, hello.visitorToken) = (nil, nil)
    let id = hello.session ?? SessionID.random(using: &random)
    hello.session = id
    let home = id.home(of: peers.count)
    guard home == loop.index else {
      return move(client, to: peers[home], hello, ref: ref)
    }
    enter(Entrant(client: client, hello: hello, ref: ref, owner: owner), into: id)
  }

  private func move(_ client: Client, to shard: Shard, _ hello: ClientFrame.Hello, ref: String?) {
    guard let handover = engine.release(client.connection) else { return forget(client.connection) }
    clients[client.connection.slot] = nil
    let passport = client.passport
    loop.task { await shard.welcome(handover, passport, hello, ref: ref) }
  }

  /// A client comes from another loop, since its session's home is here.
  func welcome(_ handover: Handover, _ passport: Passport, _ hello: ClientFrame.Hello, ref: String?) {
    guard let connection = try? engine.adopt(handover), let id = hello.session, let owner = passport.owner else {
      return
    }
    let client = Client(connection, stage: .binding, passport: passport)
    enter(client)
    enter(Entrant(client: client, hello: hello, ref: ref, owner: owner), into: id)
  }

  private func enter(_ entrant: Entrant, into id: SessionID) {
    entrant.client.stage = .binding
    engine.pause(entrant.client.connection)
    if let session = sessions[id] { return admit(entrant, to: session, created: false) }
    if opening[id] != nil {
      opening[id]?.append(entrant)
      return
    }
    guard store.isAvailable else { return backToGreeting(entrant.client, .unavailable(ref: entrant.ref)) }
    opening[id] = [entrant]
    loop.task { await open(id, for: entrant) }
  }

  /// Those who have come while a session was looked for that is not there go on as if nobody had looked.
  func goOnOpening(_ id: SessionID) {
    guard let entrant = opening[id]?.first else { return opening[id] = nil }
    loop.task { await open(id, for: entrant) }
  }

  /// Reads a session, or makes it where nobody has it.
  private func open(_ id: SessionID, for entrant: Entrant) async {
    let hello = entrant.hello
    let binding = Binding(
      reader: Reader(token: 0), ref: nil, session: id, position: hello.position, history: hello.history, token: nil,
      created: false)
    do {
      for _ in 0..<3 {
        if let (record, page) = try await store.open(binding.request) {
          if record.isDeleted { return turnAway(from: id, .notTheOwner, .unauthenticated) }
          return opened(live(record), page: page, created: false)
        }
        guard let agent = directory.agent(hello.agent, for: entrant.client.passport.site)?.profile else {
          return turnAway(from: id, ProtocolError(.notFound, "there is no such agent"), .notFound)
        }
        let outcome = await create(id, for: entrant, agent)
        if case .created(let key) = outcome {
          let record = SessionRecord(
            id: id, key: key, site: entrant.client.passport.site.id, owner: entrant.owner, agent: agent)
          let page = Page(messages: [], hasMore: false, version: 0)
          return opened(live(record), page: page, created: true)
        }
        if outcome == .unavailable { throw StoreError.unavailable }
        // Somebody was faster, on another node: the session is there now.
        guard outcome == .refused else { break }
      }
      turnAway(from: id, ProtocolError(.internal, "the session could not be made"), .internalError)
    } catch {
      for entrant in opening.removeValue(forKey: id) ?? [] {
        backToGreeting(entrant.client, .unavailable(ref: entrant.ref))
      }
    }
  }

  private func create(_ id: SessionID, for entrant: Entrant, _ agent: AgentProfile) async -> Outcome {
    let passport = entrant.client.passport
    var visitor = entrant.hello.visitor
    if let bearer = passport.bearer, bearer.isIdentified {
      // Of one for whom somebody vouches nothing is believed that it says itself, but what it likes to be called.
      (visitor.name, visitor.email) = (bearer.name ?? visitor.name, bearer.email)
    }
    var creation = Change.Creation(
      id: id, site: passport.site.id, agent: agent.id, owner: entrant.owner, visitor: visitor,
      address: entrant.client.connection.peer?.host, createdAt: wallClock)
    (creation.user, creation.subject) = (passport.bearer?.user, passport.bearer?.subject)
    return await withCheckedContinuation { continuation in
      journal.submit(.create(creation)) { continuation.resume(returning: $0) }
    }
  }

  /// A session in memory, as it is stored.
  func live(_ record: SessionRecord) -> LiveSession {
    var record = record
    record.agent = directory.profile(record.agent, on: record.site)
    return LiveSession(
      record, limits: node.settings.limits, agentContinues: node.agents[record.agent.slug]?.continues ?? false,
      durability: node.settings.durability, makesTitles: node.settings.makesTitles)
  }

  func opened(_ session: LiveSession, page: Page, created: Bool) {
    sessions[session.id] = session
    session.holdsRuns = isDraining
    log.debug("session in memory", ["session": session.id, "created": created ? "yes" : "no"])
    let entrants = opening.removeValue(forKey: session.id) ?? []
    if hintedEarly.remove(session.id) != nil { session.hint() }
    for (place, entrant) in entrants.enumerated() {
      // The page was read for the first; the others read their own.
      admit(entrant, to: session, created: created && place == 0, page: place == 0 ? page : nil)
    }
    retire(session)
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

  /// The `hello` was not good, or came at a bad time: the client may say another.
  func backToGreeting(_ client: Client, _ error: ProtocolError) {
    guard self.client(of: client.connection) === client else { return }
    refuse(client, error)
    guard client.isWebSocket else { return end(client) }
    // Only one that was let in anew has its time anew: a bad `hello` must not buy any.
    if case .greeting = client.stage { return }
    client.stage = .greeting(deadline: loop.now + node.settings.helloSeconds * 1000)
    engine.resume(client.connection)
  }
}

extension ProtocolError {
  /// The same for another's session and for one that was deleted.
  static let notTheOwner = ProtocolError(.unauthenticated, "not the owner of this session")
}
