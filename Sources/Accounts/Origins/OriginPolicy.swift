/// Which requests may use a site, by where the page comes from that makes them. A browser tells it and a page can't
/// change it; other programs can say what they like, so that it keeps websites out, not people.
package struct OriginPolicy: Sendable, Equatable {
  package var origins: AllowedOrigins
  /// Whether a request may that names no origin, as other programs than browsers make it.
  package var allowsMissing: Bool

  package init(origins: AllowedOrigins = .none, allowsMissing: Bool = false) {
    self.origins = origins
    self.allowsMissing = allowsMissing
  }

  /// What a request says of where it comes from.
  package struct Claim: Sendable {
    /// The fields `Origin`, where there is any; several are joined, and so no origin.
    package var origin: String?
    /// Host and port that it asks for.
    package var authority: String?
    /// The field `Sec-Fetch-Site` (W3C Fetch Metadata section 2.3): browsers name no origin where a page reads from its
    /// own by GET.
    package var fetchSite: String?
    /// Whether the connection is encrypted here; where a proxy does that, nobody knows.
    package var isEncrypted: Bool

    package init(origin: String?, authority: String?, fetchSite: String? = nil, isEncrypted: Bool = false) {
      self.origin = origin
      self.authority = authority
      self.fetchSite = fetchSite
      self.isEncrypted = isEncrypted
    }
  }

  package enum Verdict: Sendable, Equatable {
    /// From the server's own page, or from no page.
    case own
    /// From a page of that origin, which is to be told that it may read the answer (Fetch section 3.3.3).
    case cross(String)
    case refused
  }

  package func judge(_ claim: Claim) -> Verdict {
    guard let text = claim.origin else {
      switch claim.fetchSite {
      case "same-origin": return .own
      case nil, "none": return allowsMissing ? .own : .refused
      default: return .refused
      }
    }
    guard let origin = try? WebOrigin(text) else { return .refused }
    if let authority = claim.authority, origin.scheme == "https" || origin.scheme == "http" && !claim.isEncrypted,
      origin == WebOrigin(scheme: origin.scheme, authority: authority)
    {
      return .own
    }
    return origins.contains(origin) ? .cross(text) : .refused
  }
}
