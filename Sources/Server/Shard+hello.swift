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
    guard let owner = client.passport.owner, takesConnection(client, ref: ref) else { return }
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
