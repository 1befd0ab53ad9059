import Conversation
import Log
import Reactor
import Store
import Transport
import WebSocketWire

/// Frames in.
extension Shard {
  func receive(_ message: WebSocketEvent, from client: Client) {
    guard message.kind == .text else { return leave(client, .unsupportedData, "text messages only") }
    let frame: ClientFrame
    do {
      frame = try ClientFrame(decoding: message.payload.bytes, limits: node.settings.limits)
    } catch {
      return reject(client, error)
    }
    switch (client.stage, frame.body) {
    case (.greeting, .hello(let hello)): greet(client, hello, ref: frame.ref)
    case (.greeting, .newSession(let hello)) where client.passport.owner != nil:
      // One that was answered `unavailable`, said again.
      greet(client, hello, ref: frame.ref)
    case (.bound, .hello): reject(client, ProtocolError(.badFrame, "a second hello", ref: frame.ref))
    case (.bound(let session, let reader), let body):
      handle(body, of: client, session, Origin(reader: reader, ref: frame.ref))
      perform(session)
    case (.greeting, _): reject(client, ProtocolError(.badFrame, "a frame before hello", ref: frame.ref))
    case (.binding, _), (.leaving, _): break
    }
  }

  private func handle(_ body: ClientFrame.Body, of client: Client, _ session: LiveSession, _ origin: Origin) {
    switch body {
    case .hello: break
    case .newSession(let hello):
      // Without the store there is no other session to go to.
      guard isStoring(origin, client) else { return }
      unbind(client)
      greet(client, hello, ref: origin.ref)
    case .ping(let nonce): send(ServerFrame.pong(nonce: nonce, ref: origin.ref), to: client)
    case .send(let message):
      guard isStoring(origin, client) else { return }
      session.send(message, from: origin, now: wallClock, delay: delayOfMessage(client))
      log.debug("message", ["session": session.id, "id": message.id])
    case .stop(let stop):
      guard isStoring(origin, client) else { return }
      session.stop(stop, from: origin)
    case .retry(let retry):
      guard isStoring(origin, client), hasTokens(origin, client) else { return }
      session.retry(retry, from: origin, now: wallClock)
    case .updateSession(let update):
      guard isStoring(origin, client) else { return }
      session.update(update, from: origin)
    case .rate(let rate):
      guard isStoring(origin, client) else { return }
      session.rate(rate, from: origin)
    case .decide(let decide):
      guard isStoring(origin, client) else { return }
      session.decide(decide, from: origin)
    case .typing(let isActive): note(isActive, origin.reader, in: session)
    case .loadHistory(let load): showHistory(load, of: session, origin, client)
    }
  }

  /// Whether the store can be reached; where not, the asker is told at once.
  func isStoring(_ origin: Origin, _ client: Client) -> Bool {
    if store.takesChanges { return true }
    refuse(client, .unavailable(ref: origin.ref))
    return false
  }

  /// Whether the asker may have an answer made; where not, it is told at once.
  func hasTokens(_ origin: Origin, _ client: Client) -> Bool {
    guard let delay = delayOfTokens(client) else { return true }
    refuse(client, .tooMuch(delay, ref: origin.ref))
    return false
  }

  private func showHistory(
    _ load: ClientFrame.LoadHistory, of session: LiveSession, _ origin: Origin, _ client: Client
  ) {
    let request = PageRequest(session: session.id, before: load.before.createdVersion, limit: load.limit)
    // One page at a time: they come in the order in which they were asked for, and who asks for a thousand and reads
    // none is not read from before a thousand are in memory.
    engine.pause(client.connection)
    loop.task {
      defer { engine.resume(client.connection) }
      do {
        while !session.show(try await store.page(request), to: origin) {}
        perform(session)
      } catch {
        guard let client = self.client(of: origin.reader) else { return }
        refuse(client, .unavailable(ref: origin.ref))
      }
    }
  }

  private func reject(_ client: Client, _ error: ProtocolError) {
    refuse(client, error)
    if error.code == .badFrame, client.notesBadFrame(now: loop.now) {
      leave(client, .policyViolation, "too many frames that can't be understood")
    }
  }
}
