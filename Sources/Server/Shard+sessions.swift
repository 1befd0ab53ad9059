import Conversation
import Log
import Reactor
import Store
import Transport
import WebSocketWire

/// Carrying out what sessions ask for.
extension Shard {
  /// Carries out a session's actions until it has no more.
  /// - Parameter page: a page that was read already, for the reader that binds first.
  func perform(_ session: LiveSession, page: Page? = nil) {
    var page = page
    while true {
      let actions = session.takeActions()
      if actions.isEmpty { return }
      for action in actions {
        switch action {
        case .commit(let change, let origin): journal.submit(change, of: session, from: origin)
        case .grown: journal.note(session)
        case .read(let binding):
          if let read = page.take() { welcome(binding, to: session, read) } else { read(binding, for: session) }
        case .follow(let request): follow(request, for: session)
        case .send(let reader, let frame):
          if let client = client(of: reader) { send(frame, to: client) } else { answer(frame, to: reader) }
        case .deliver: markDelivering(session)
        case .close(let reader, let code):
          if let client = client(of: reader) { leave(client, code, "reconnect with your position") }
        case .run(let question, let answer): start(question, answer, in: session)
        case .cancel(let answer): cancel(answer)
        case .noted(let answer, let call): noted(answer, call)
        case .kept(let answer, let step, let isStored): kept(answer, step, isStored)
        case .decided(let answer, let call, let verdict): decided(answer, call, verdict)
        case .vanish: vanish(session)
        }
      }
    }
  }

  private func read(_ binding: Binding, for session: LiveSession) {
    loop.task {
      do {
        welcome(binding, to: session, try await store.page(binding.request))
      } catch {
        session.bindingFailed(binding)
        if let client = client(of: binding.reader) { backToGreeting(client, .unavailable(ref: binding.ref)) }
      }
      perform(session)
      retire(session)
    }
  }

  private func welcome(_ binding: Binding, to session: LiveSession, _ page: Page) {
    guard let client = client(of: binding.reader) else { return session.bindingFailed(binding) }
    session.bind(binding, with: page)
    guard binding.reader.isWelcomed else { return }
    client.passport.madeToken = nil
    if binding.position != nil { tallyResume(of: session) }
    log.debug("bound", ["session": session.id, "resumed": binding.position == nil ? "no" : "yes"])
    // The welcome is among the actions, and goes before whatever the client has sent behind its hello.
    engine.resume(client.connection)
  }

  func markDelivering(_ session: LiveSession) {
    guard !session.isDelivering else { return }
    session.isDelivering = true
    delivering.append(session)
  }

  /// Gives readers what they lack, as far as they take it.
  func deliver() {
    let sessions = delivering
    delivering.removeAll(keepingCapacity: true)
    for session in sessions {
      session.isDelivering = false
      for reader in session.readers where !session.isComplete(reader) || session.hasServed(reader) {
        guard let client = client(of: reader) else { continue }
        let limit = node.settings.readerBacklogBytes
        guard client.connection.unsentCount < limit else { continue }
        engine.cork(client.connection)
        session.fill(reader) { frame in
          send(frame, to: client)
          return engine.backlog(of: client.connection) < limit
        }
        engine.uncork()
        if session.hasServed(reader) {
          serve(client, of: session)
          continue
        }
        // It took all at once, and there is more: nothing else would bring us back here.
        if client.connection.unsentCount == 0, !session.isComplete(reader) { markDelivering(session) }
      }
      session.trimEvents()
      perform(session)
      retire(session)
    }
  }

  /// Lets a session go that nobody needs in memory.
  func retire(_ session: LiveSession) {
    if session.isIdle, sessions[session.id] === session { sessions[session.id] = nil }
  }
}
