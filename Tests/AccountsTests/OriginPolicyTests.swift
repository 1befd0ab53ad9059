import Testing

@testable import Accounts

/// Which requests may use a site.
@Suite struct OriginPolicyTests {
  private func judge(
    _ origin: String?, host: String? = "chat.example.org", fetchSite: String? = nil, isEncrypted: Bool = false,
    allowsMissing: Bool = false, _ origins: [String] = ["https://example.com"]
  ) throws -> OriginPolicy.Verdict {
    OriginPolicy(origins: try AllowedOrigins(origins), allowsMissing: allowsMissing).judge(
      OriginPolicy.Claim(origin: origin, authority: host, fetchSite: fetchSite, isEncrypted: isEncrypted))
  }

  @Test func pagesOfTheListMay() throws {
    #expect(try judge("https://example.com") == .cross("https://example.com"))
    #expect(try judge("https://evil.org") == .refused)
    #expect(try judge("https://example.com, https://example.com") == .refused)
    #expect(try judge("null", ["*"]) == .refused)
    #expect(try judge("https://anybody.org", ["*"]) == .cross("https://anybody.org"))
    #expect(try judge("https://anybody.org/\u{7f}", ["*"]) == .refused)
  }

  @Test(arguments: [
    ("https://chat.example.org", "chat.example.org", false), ("https://chat.example.org", "chat.example.org", true),
    ("http://chat.example.org", "chat.example.org", false), ("http://chat.example.org", "chat.example.org:80", false),
    ("https://chat.example.org", "CHAT.example.org:443", true), ("http://127.0.0.1:8080", "127.0.0.1:8080", false),
    ("http://localhost:8080", "localhost:8080", false), ("http://[::1]:8080", "[0:0::1]:8080", false),
  ])
  func theServersOwnPageMay(origin: String, host: String, isEncrypted: Bool) throws {
    #expect(try judge(origin, host: host, isEncrypted: isEncrypted) == .own)
  }

  @Test(arguments: [
    ("https://chat.example.org:8443", "chat.example.org", false),
    ("https://chat.example.org", "chat.example.org:8443", true),
    // Encrypted here: a page that was not is somebody else's on the way.
    ("http://chat.example.org", "chat.example.org", true), ("ftp://chat.example.org", "chat.example.org", false),
    ("https://chat.example.org", "evil.org", true), ("https://chat.example.org", nil, true),
    ("https://chat.example.org", "", false), ("https://chat.example.org", "chat.example.org@evil.org", false),
    ("null", "null", false),
  ])
  func othersAreNotItsOwn(origin: String, host: String?, isEncrypted: Bool) throws {
    #expect(try judge(origin, host: host, isEncrypted: isEncrypted) == .refused)
  }

  @Test func withoutOrigin() throws {
    for allowsMissing in [false, true] {
      // A page's own GET names none, and says so.
      #expect(try judge(nil, fetchSite: "same-origin", allowsMissing: allowsMissing) == .own)
      for site in ["cross-site", "same-site", "anything"] {
        #expect(try judge(nil, fetchSite: site, allowsMissing: allowsMissing) == .refused)
      }
      for site in [nil, "none"] as [String?] {
        #expect(try judge(nil, fetchSite: site, allowsMissing: allowsMissing) == (allowsMissing ? .own : .refused))
      }
      // An empty one is not none.
      #expect(try judge("", fetchSite: "same-origin", allowsMissing: allowsMissing) == .refused)
    }
  }
}
