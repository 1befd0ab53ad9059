import Accounts
import HTTPWire
import Store

/// Who makes a request, as the credential proves that came with it.
struct Caller: Sendable {
  let site: Directory.Site
  /// The digest that what it owns is known by; nil: nobody's.
  let owner: [UInt8]?
  let reach: Acting.Reach

  /// What the database is told.
  var acting: Acting { Acting(site: site.id, owner: owner, reach: reach) }
}

extension Shard {
  /// The caller of a request, by its field `Authorization`.
  func caller(of request: HTTPRequestHead, to site: Directory.Site) throws(Problem) -> Caller {
    Caller(site: site, owner: try request.token?.digest, reach: .own)
  }
}

extension HTTPRequestHead {
  /// The visitor's token; nil where there is none.
  var token: VisitorToken? {
    get throws(Problem) {
      guard let text = try bearer else { return nil }
      guard let token = VisitorToken(text) else { throw .unauthenticated("this token is not valid") }
      return token
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
