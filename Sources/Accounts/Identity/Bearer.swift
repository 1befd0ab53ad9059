/// Who bears a credential, as far as that proves it.
package struct Bearer: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// Somebody with the token of a browser.
    case anonymous
    /// Somebody for whom the site's own server vouches, by its own name for that person.
    case identified(subject: String)
    /// A user of the deployment.
    case user(id: Int64, role: UserRole, login: String)
    /// A server, by its key.
    case key(APIKeyGrant)
  }

  package let kind: Kind
  /// What its sessions are known by: 32 bytes.
  package let owner: [UInt8]
  /// As its credential tells it.
  package var name: String?
  package var email: String?
  /// From when on the credential is not taken any more, in seconds since 1970, UTC; nil: never.
  package var expires: Int64?

  /// The bearer of a visitor's own token.
  package init(_ token: VisitorToken) { self.init(.anonymous, owner: token.digest) }

  /// A person for whom a site vouches. The same `sub` is another person on another site.
  init(_ identity: VisitorIdentity, on site: Int64, expires: Int64) {
    self.init(.identified(subject: identity.subject), owner: Self.digest("identified:\(site):\(identity.subject)"))
    (name, email, self.expires) = (identity.name, identity.email, expires)
  }

  /// A user of the deployment.
  package init(user id: Int64, role: UserRole, login: String, expires: Int64) {
    self.init(.user(id: id, role: role, login: login), owner: Self.owner(ofUser: id))
    self.expires = expires
  }

  /// What a user's sessions are known by.
  package static func owner(ofUser id: Int64) -> [UInt8] { digest("user:\(id)") }

  init(_ grant: APIKeyGrant) {
    self.init(.key(grant), owner: Self.digest("key:\(grant.id)"))
    expires = grant.expires
  }

  private init(_ kind: Kind, owner: [UInt8]) {
    self.kind = kind
    self.owner = owner
  }

  /// No visitor's token has a colon: no token can be made that has the same digest.
  private static func digest(_ text: String) -> [UInt8] { SHA256.digest(Array(text.utf8)) }

  /// Whether it is a person whom somebody vouches for, so that it may take over what it did before.
  package var isIdentified: Bool {
    switch kind {
    case .anonymous, .key: false
    case .identified, .user: true
    }
  }

  /// The user's number.
  package var user: Int64? { if case .user(let id, _, _) = kind { id } else { nil } }

  /// The site's own name for the person.
  package var subject: String? { if case .identified(let subject) = kind { subject } else { nil } }
}
