/// What is known of an API key but the key itself.
package struct APIKeyGrant: Sendable, Equatable {
  /// Its number.
  package let id: Int64
  /// What lists show of it.
  package let prefix: String
  /// The only site that it is good for; nil: all.
  package let site: Int64?
  package let scopes: Set<APIScope>
  /// From when on it is not valid any more, in seconds since 1970, UTC; nil: never.
  package let expires: Int64?

  package init(id: Int64, prefix: String, site: Int64?, scopes: Set<APIScope>, expires: Int64?) {
    self.id = id
    self.prefix = prefix
    self.site = site
    self.scopes = scopes
    self.expires = expires
  }

  /// Whether it is good for a site. `now` is in seconds since 1970, UTC.
  package func isGood(on site: Int64?, now: Int64) -> Bool {
    if let expires, now >= expires { return false }
    return self.site == nil || self.site == site
  }
}
