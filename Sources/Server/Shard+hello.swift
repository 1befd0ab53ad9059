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
  /// The SHA-256 of the token.
  let owner: [UInt8]
}

/// From `hello` to the session's door.
extension Shard {
  /// Takes a `hello` or a `session.new`: the client goes to the session's home, and in.
  func greet(_ client: Client, _ hello: ClientFrame.Hello, ref: String?) {
    if let text = hello.token {
      guard let given = VisitorToken(text) else {
        if text.utf8.count(where: { $0 == UInt8(ascii: ".") }) == 2 {
          return dismiss(
            client, ProtocolError(.unauthenticated, "this token is not valid", ref: ref), .unauthenticated)
        }
        return backToGreeting(
          client, ProtocolError(.badField, "token: 43 to 128 characters of base64url", ref: ref))
      }
      client.passport.owner = given.digest
      client.passport.madeToken = nil
    }
    if client.passport.owner == nil {
      let new = VisitorToken.random()
      client.passport.madeToken = new.text
      client.passport.owner = new.digest
    }
    bring(client, hello, ref: ref)
  }

  /// Brings a client whose owner is known to the home of its session, and in.
  func bring(_ client: Client, _ hello: ClientFrame.Hello, ref: String?) {
    guard let owner = client.passport.owner else { return }
    var hello = hello
    hello.token = nil
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
