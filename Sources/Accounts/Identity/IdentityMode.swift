/// How visitors of a site are known.
package enum IdentityMode: String, Sendable, CaseIterable {
  /// By the token that their browser keeps.
  case anonymous
  /// By that, or by what the site's own server signs.
  case signed
  /// Only by the latter.
  case required
}
