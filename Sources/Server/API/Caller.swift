import Accounts
import HTTPWire
import Store

/// Who makes a request, as the credential proves that came with it.
struct Caller: Sendable {
  let site: Directory.Site
  /// Who bears the credential; nil: there was none.
  let bearer: Bearer?
  /// What the request does, as far as a key may do it with others' sessions.
  var right: SessionRight?

  /// The digest that what it owns is known by; nil: nobody's.
  var owner: [UInt8]? { bearer?.owner }

  /// A server with a key for that does it with the sessions of everybody on its sites.
  var reach: Acting.Reach {
    guard case .key(let grant)? = bearer?.kind, let right, grant.scopes.contains(right.scope) else { return .own }
    return .site
  }

  /// What the database is told.
  var acting: Acting { Acting(site: site.id, owner: owner, reach: reach) }
}

extension Shard {
  /// The caller of a request, by its field `Authorization`.
  func caller(
    of request: HTTPRequestHead, to site: Directory.Site, for access: Route.Access
  ) throws(Problem) -> Caller {
    guard let text = try request.token else { return Caller(site: site, bearer: nil) }
    let bearer: Bearer
    do throws(CredentialError) {
      bearer = try directory.credentials.bearer(of: text, on: standing(of: site), now: wallSeconds)
    } catch {
      if case .unknownKey = error { askForKeys(of: site.id) }
      throw Problem(error)
    }
    if case .key(let grant) = bearer.kind {
      noteUse(of: grant)
      try access.check(grant)
    }
    var right: SessionRight?
    if case .sessions(let asked) = access { right = asked }
    return Caller(site: site, bearer: bearer, right: right)
  }
}

extension Problem {
  /// A credential is not taken.
  init(_ error: CredentialError) {
    self =
      switch error {
      case .malformed: .unauthenticated("this token is not valid")
      case .refused(let reason), .unknownKey(let reason): .unauthenticated(reason)
      case .expired: Problem(.unauthorized, "token_expired", "this token has expired")
      case .forbidden(let reason): .forbidden(reason)
      }
  }
}

extension HTTPRequestHead {
  /// A visitor's token, an API key or a JWT, by its form; nil where there is none.
  var token: String? {
    get throws(Problem) {
      guard let text = try bearer else { return nil }
      guard VisitorToken(text) != nil || text.utf8.count(where: { $0 == UInt8(ascii: ".") }) == 2 else {
        throw .unauthenticated("this token is not valid")
      }
      return text
    }
  }

  /// The credential of the field `Authorization` (RFC 6750 section 2.1); nil where there is no such field.
  var bearer: String? {
    get throws(Problem) {
      guard let text = fields["authorization"] else { return nil }
      let parts = text.split(separator: " ", maxSplits: 1)
      guard parts.count == 2, parts[0].lowercased() == "bearer" else {
        throw .unauthenticated("Authorization: Bearer and a token")
      }
      return String(parts[1].drop { $0 == " " })
    }
  }
}
