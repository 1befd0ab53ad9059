package import Accounts

/// A site as it is stored.
package struct SiteRecord: Sendable, Equatable {
  package let key: String
  package let name: String
  /// The slug of its agent.
  package let agent: String?
  package let origins: [String]
  package let allowsMissingOrigin: Bool
  package let languages: [String]
  package let greeting: String
  package let suggestions: [String]
  /// A JSON object.
  package let theme: String
  package let identity: IdentityMode
  /// How long its sessions are kept after their last activity; nil: for ever.
  package let retentionDays: Int64?
  package let isDisabled: Bool
  /// Whether there is a secret that its own server signs with; the secret itself is told to nobody.
  package let hasSecret: Bool
  /// Public keys that its own server signs with: a JSON object (RFC 7517 section 5); nil: none.
  package let keySet: String?
  /// What `iss` and `aud` of its tokens have to be; nil: anything.
  package let issuer: String?
  package let audience: String?
  package let bareIDs: BareIDs
  /// How many tokens of models may be used there in a day.
  package let budgets: Budgets
  package let id: Int64
  /// From where the set of keys is fetched; nil: it was given.
  package let keySource: String?
  /// Whether its visitors are answered from the shared documents too, which are about this program.
  package let sharesDocuments: Bool
}

/// Who may use a session of a site by its id alone, without a token. Whoever learns the id has the session then.
package enum BareIDs: String, Sendable, CaseIterable {
  /// Nobody.
  case off
  /// Programs on the server's own machine.
  case loopback
  /// Everybody.
  case all
}

/// What is to be changed of a site; nil leaves it as it is.
package struct SiteChange: Sendable {
  package var name: String?
  package var agent: String?
  package var origins: AllowedOrigins?
  package var allowsMissingOrigin: Bool?
  package var languages: [String]?
  package var greeting: String?
  package var suggestions: [String]?
  /// A JSON object.
  package var theme: String?
  package var identity: IdentityMode?
  /// 0: for ever.
  package var retentionDays: Int64?
  package var isDisabled: Bool?
  /// With what its own server signs who its visitors are, by HS256: 32 bytes or more; empty: no more.
  package var secret: String?
  /// Public keys: a JSON object (RFC 7517 section 5); empty: no more.
  package var keySet: String?
  /// Where such a set is published, and fetched from now and then; empty: no more.
  package var keySource: String?
  /// What `iss` and `aud` of its tokens have to be; empty: anything.
  package var issuer: String?
  package var audience: String?
  package var bareIDs: BareIDs?
  package var budgets: Budgets?
  /// Whether its visitors are answered from the shared documents too.
  package var sharesDocuments: Bool?

  package init() {}
}

/// Why a site can't be as it is asked for.
package enum SiteError: Error, Equatable, CustomStringConvertible {
  case noSuchSite(String)
  case noSuchAgent(String)
  case noName
  /// Its secret or its set of keys can't be used.
  case badKeys(String)
  /// Its visitors would have to be vouched for, and would not.
  case namesNobody

  package var description: String {
    switch self {
    case .noSuchSite(let key): "there is no site \(key)"
    case .noSuchAgent(let slug): "there is no agent \(slug)"
    case .noName: "a site has a name"
    case .badKeys(let reason): reason
    case .namesNobody: "where identity is required no bare ids are taken: switch bare_ids off"
    }
  }
}
