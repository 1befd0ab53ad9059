import Accounts
import Conversation
import HTTPWire
import Log
import Reactor
import Store
import Transport

/// The conversation over plain HTTP: requests become clients with an errand, which go the way of a `hello`.
extension Shard {
  /// Takes a request that is done in a session.
  func serve(_ visit: Visit, _ resource: SessionResource, of session: String) throws(Problem) {
    guard let passport = visit.passport else { throw .internal }
    do throws(ProtocolError) {
      try receive(visit.request, for: resource, ofSession: session, passport, from: visit.connection)
    } catch {
      throw Problem(error)
    }
  }

  private func receive(
    _ request: HTTPRequest, for resource: SessionResource, ofSession id: String, _ passport: Passport,
    from connection: Connection
  ) throws(ProtocolError) {
    let head = request.head
    guard !isDraining else { throw .draining }
    let credential = try Credential(head, for: resource)
    guard let session = SessionID(id) else {
      throw ProtocolError(.badField, "session: 16 to 64 of A-Z a-z 0-9 _ -")
    }
    var hello = ClientFrame.Hello()
    hello.session = session
    hello.agent = head.queryValue("agent")
    let (errand, ref) = try errand(request, for: resource)
    if case .follow = errand {
      hello.position = head.fields["last-event-id"].flatMap { Position($0) }
      if let text = head.queryValue("history") {
        guard let history = Int(text), (0...200).contains(history) else {
          throw ProtocolError(.badField, "history: a whole number from 0 to 200")
        }
        hello.history = history
      }
    } else {
      hello.history = 0
    }
    let client = Client(connection, stage: .binding, passport: passport.with(errand))
    enter(client)
    switch credential {
    case .token(let token):
      hello.token = token
      greet(client, hello, ref: ref)
    case .ticket(let ticket): redeem(ticket, for: client, session, hello)
    }
  }

  private func errand(
    _ request: HTTPRequest, for resource: SessionResource
  ) throws(ProtocolError) -> (Errand, ref: String?) {
    let limits = node.settings.limits
    switch resource {
    case .stream: return (.follow, nil)
    case .tickets: return (.ticket, nil)
    case .messages:
      let frame = try ClientFrame(decoding: request.content.span.bytes, as: "message.send", limits: limits)
      guard case .send(let send) = frame.body else { break }
      let showsAnswer = request.head.fields.elements("accept").contains {
        SessionResource.mediaType($0) == "text/event-stream"
      }
      return (.send(send, showsAnswer ? .stream : .acceptance), frame.ref)
    case .stop:
      if request.content.isEmpty { return (.stop(ClientFrame.Stop()), nil) }
      let frame = try ClientFrame(decoding: request.content.span.bytes, as: "run.stop", limits: limits)
      guard case .stop(let stop) = frame.body else { break }
      return (.stop(stop), frame.ref)
    case .retry:
      let frame = try ClientFrame(decoding: request.content.span.bytes, as: "run.retry", limits: limits)
      guard case .retry(let retry) = frame.body else { break }
      return (.retry(retry), frame.ref)
    case .call(let message, let tool):
      let (decide, ref) = try ClientFrame.decision(
        decoding: request.content.span.bytes, message: message, tool: tool)
      return (.decide(decide), ref)
    }
    throw ProtocolError(.internal, "the content was understood as another frame")
  }

  /// Lets a client in that has a ticket: what it opens is its owner's.
  private func redeem(
    _ ticket: VisitorToken, for client: Client, _ session: SessionID, _ hello: ClientFrame.Hello
  ) {
    guard store.isAvailable else { return refuse(client, .unavailable(ref: nil)) }
    let resumes = hello.position != nil
    loop.task {
      do {
        let owner = try await store.useTicket(
          ticket.digest, for: session, resumes: resumes, seconds: node.settings.ticketReuseSeconds)
        guard self.client(of: client.connection) === client else { return }
        guard let owner else {
          return refuse(client, ProtocolError(.unauthenticated, "this ticket is not good for that, or not any more"))
        }
        client.passport.owner = owner
        bring(client, hello, ref: nil)
      } catch {
        backToGreeting(client, .unavailable(ref: nil))
      }
    }
  }

  /// Does what a client has come for that may use the session.
  func carryOut(_ client: Client, in session: LiveSession, _ reader: Reader, ref: String?) {
    let origin = Origin(reader: reader, ref: ref)
    guard isStoring(origin, client) else { return }
    switch client.passport.errand {
    case .talk, .follow: break
    case .send(let message, _):
      session.send(message, from: origin, now: wallClock, delay: delayOfMessage(client))
      log.debug("message", ["session": session.id, "id": message.id])
    case .stop(let stop): session.stop(stop, from: origin)
    case .retry(let retry):
      guard hasTokens(origin, client) else { return }
      session.retry(retry, from: origin, now: wallClock)
    case .decide(let decide): session.decide(decide, from: origin)
    case .ticket: issueTicket(to: client, of: session)
    }
  }

  private func issueTicket(to client: Client, of session: LiveSession) {
    let ticket = VisitorToken.random()
    let key = session.key
    loop.task {
      do {
        let expiresAt = try await store.issueTicket(ticket.digest, for: key, seconds: node.settings.ticketSeconds)
        guard self.client(of: client.connection) === client else { return }
        answer(client, RequestAnswer(ticket: ticket.text, expiresAt: expiresAt))
      } catch {
        backToGreeting(client, .unavailable(ref: nil))
      }
    }
  }
}

extension ProtocolError {
  static var draining: ProtocolError { ProtocolError(.unavailable, "the server restarts", retryAfter: 1000) }
}

/// What a request proves its right with.
private enum Credential {
  /// The visitor's own, as in `hello`.
  case token(String)
  /// One that was made for a stream.
  case ticket(VisitorToken)

  init(_ head: HTTPRequestHead, for resource: SessionResource) throws(ProtocolError) {
    do throws(Problem) {
      if let token = try head.token {
        self = .token(token)
        return
      }
    } catch {
      throw ProtocolError(.unauthenticated, error.detail)
    }
    guard let text = head.queryValue("ticket") else {
      throw ProtocolError(.unauthenticated, "the visitor's token is missing: Authorization: Bearer TOKEN")
    }
    guard resource == .stream else { throw ProtocolError(.forbidden, "a ticket only reads the stream") }
    guard let ticket = VisitorToken(text) else {
      throw ProtocolError(.unauthenticated, "this ticket is not good for that, or not any more")
    }
    self = .ticket(ticket)
  }
}
