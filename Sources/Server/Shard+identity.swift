import Accounts
import Conversation
import Log
import Reactor
import Store
import Transport

/// Who a client is, as its credential proves it.
extension Shard {
  /// The site as it stands, and how its visitors are known.
  func standing(of site: Directory.Site) -> (id: Int64, identity: SiteIdentity) {
    (site.id, directory.site(id: site.id)?.identity ?? site.identity)
  }

  /// Seconds since 1970.
  var wallSeconds: Int64 { wallClock / 1000 }

  /// Notes who bears what a `hello` brings; one who brings nothing is given a token.
  func identify(_ client: Client, _ hello: ClientFrame.Hello) throws(CredentialError) {
    let site = standing(of: client.passport.site)
    if let text = hello.token {
      let bearer = try directory.credentials.bearer(of: text, on: site, now: wallSeconds)
      if case .key(let grant) = bearer.kind {
        guard grant.scopes.contains(.chat) else { throw .forbidden("this key is not for talking") }
        noteUse(of: grant)
      }
      client.passport.bearer = bearer
      client.passport.owner = bearer.owner
      client.passport.madeToken = nil
    } else if let bearer = client.passport.bearer {
      // A session more, by what was brought for the one before.
      if let expires = bearer.expires, wallSeconds >= expires { throw .expired }
      guard !directory.credentials.isTakenBack(bearer) else { throw .refused("this log-in has ended") }
    }
    guard client.passport.owner == nil else { return }
    try directory.credentials.checkAnonymous(site.identity.mode)
    let new = VisitorToken.random()
    client.passport.madeToken = new.text
    client.passport.bearer = Bearer(new)
    client.passport.owner = new.digest
  }

  /// Tells a client that its credential is not taken.
  func turnAway(_ client: Client, _ error: CredentialError, ref: String?) {
    switch error {
    case .malformed:
      backToGreeting(client, ProtocolError(.badField, "token: 43 to 128 characters of base64url, or a JWT", ref: ref))
    case .refused(let reason), .unknownKey(let reason):
      if case .unknownKey = error { askForKeys(of: client.passport.site.id) }
      dismiss(client, ProtocolError(.unauthenticated, reason, ref: ref), .unauthenticated)
    case .expired: dismiss(client, ProtocolError(.tokenExpired, "this token has expired", ref: ref), .unauthenticated)
    case .forbidden(let reason): dismiss(client, ProtocolError(.forbidden, reason, ref: ref), .forbidden)
    }
  }

  /// Has the keys of a site's own server fetched again, where they are published: its visitors then come again.
  func askForKeys(of site: Int64) {
    guard loop.now >= askedForKeys[site] ?? 0 else { return }
    askedForKeys[site] = loop.now + 10_000
    loop.task { try? await books.keySources.ask(site) }
  }

  // MARK: From a browser's token to a name

  /// The token whose sessions are to become the person's; nil where there is nothing to do.
  func visitorToMerge(_ client: Client, _ hello: ClientFrame.Hello) throws(CredentialError) -> [UInt8]? {
    guard let text = hello.visitorToken, let bearer = client.passport.bearer, bearer.isIdentified else { return nil }
    guard APIKey(text) == nil, let token = VisitorToken(text) else { throw .malformed }
    return token.digest
  }

  /// Makes a visitor's sessions the person's, and then brings the client in.
  func merge(_ visitor: [UInt8], into client: Client, _ hello: ClientFrame.Hello, ref: String?) {
    guard let bearer = client.passport.bearer else { return }
    guard store.takesChanges else { return backToGreeting(client, .unavailable(ref: ref)) }
    client.stage = .binding
    engine.pause(client.connection)
    let merging = VisitorMerging(
      site: client.passport.site.id, visitor: visitor, bearer: bearer, address: client.connection.peer?.host)
    loop.task {
      do {
        let moved = try await store.merge(merging)
        if !moved.isEmpty { log.info("a visitor is known by name", ["sessions": moved.count]) }
        await tell(moved)
      } catch {
        return backToGreeting(client, .unavailable(ref: ref))
      }
      guard self.client(of: client.connection) === client else { return }
      bring(client, hello, ref: ref)
    }
  }

  /// Has all who hold these sessions in memory look at them again: here at once, elsewhere by a hint, or by their asking.
  private func tell(_ sessions: [SessionID]) async {
    for (home, ids) in Dictionary(grouping: sessions, by: { $0.home(of: peers.count) }) {
      if peers[home] === self { hinted(ids) } else { await peers[home].hinted(ids) }
    }
    guard node.presence.hasPeers else { return }
    var rest = sessions[...]
    while !rest.isEmpty {
      try? await store.announce(Array(rest.prefix(NodeHint.mostSessions)))
      rest = rest.dropFirst(NodeHint.mostSessions)
    }
  }

  // MARK: What is taken back

  /// Sends those away whose log-in has ended, whose user is disabled, or whose key was revoked.
  func endTakenBack() {
    for case let client? in clients {
      guard let bearer = client.passport.bearer, directory.credentials.isTakenBack(bearer) else { continue }
      switch client.stage {
      case .greeting, .bound: break
      case .binding, .leaving: continue
      }
      dismiss(client, ProtocolError(.unauthenticated, "this log-in has ended"), .unauthenticated)
    }
  }

  /// Notes that a key is used: once a minute is enough.
  func noteUse(of grant: APIKeyGrant) {
    guard loop.now >= usedKeys[grant.id] ?? 0 else { return }
    usedKeys[grant.id] = loop.now + 60_000
    loop.task { try? await store.noteUse(ofKey: grant.id) }
  }
}
