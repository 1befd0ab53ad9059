import Accounts
import Conversation
import HTTPWire
import Log
import Store
import Transport

/// Which site a request is for, and whether the page that makes it may use that.
extension Shard {
  /// What is let in: the origin of the page that is to be told that it may read the answer; nil: nobody needs telling.
  struct Admission {
    let origin: String?
  }

  /// Whether a request may use a site, by where it comes from.
  /// - Returns: nil where it may not; that is counted.
  func admit(_ request: HTTPRequestHead, to site: Directory.Site, on connection: Connection) -> Admission? {
    let claim = OriginPolicy.Claim(
      origin: request.fields.combined("origin"), authority: request.authority,
      fetchSite: request.fields["sec-fetch-site"], isEncrypted: connection.isEncrypted)
    switch site.policy.judge(claim) {
    case .own: return Admission(origin: nil)
    case .cross(let origin): return Admission(origin: origin)
    case .refused:
      engine.countForeignOrigin()
      log.debug("an origin is refused", ["site": site.key, "origin": claim.origin ?? "none"])
      return nil
    }
  }

  /// A file of the server's own page. Who may frame it is up to the site that it is shown for.
  func page(_ request: HTTPRequestHead) -> HTTPResponse {
    var response = node.files.respond(to: request)
    guard request.path.hasSuffix("/") || request.path.hasSuffix(".html") else { return response }
    let origins = directory.site(request.queryValue("site"))?.policy.origins ?? .none
    if let policy = origins.framePolicy { try? response.head.add("Content-Security-Policy", text: policy) }
    return response
  }

  /// Which state of sites and agents, and of credentials, is known.
  var knownVersions: [Int64] { [directory.version, directory.credentials.version] }

  /// Sites, agents or credentials have changed. Who is there by a site that is served no more, or by what was taken back,
  /// has to go.
  func learn(_ new: Directory) {
    let old = directory
    directory = new
    if old.version != new.version { roster.learn(new) }
    if old.credentials.version != new.credentials.version { endTakenBack() }
    guard old.sites.contains(where: { new.site(id: $0.id) == nil }) else { return }
    for case let client? in clients where new.site(id: client.passport.site.id) == nil {
      switch client.stage {
      case .greeting, .bound: break
      // On its way in, it is turned away at the door.
      case .binding, .leaving: continue
      }
      dismiss(client, ProtocolError(.notFound, "there is no such site"), .notFound)
    }
  }
}

extension ProtocolError {
  static var foreignOrigin: ProtocolError { ProtocolError(.forbidden, "this origin may not use this site") }
}

extension HTTPResponseHead {
  /// Lets a page of another origin read the response (Fetch section 3.3.3). Credentials of the browser's own are never
  /// allowed: there are none.
  mutating func allow(_ reader: String?) {
    add("Vary", "Origin")
    guard let reader else { return }
    try? add("Access-Control-Allow-Origin", text: reader)
    add("Access-Control-Expose-Headers", "ETag, Idempotency-Replayed, Location, Retry-After, X-Request-Id")
  }
}
