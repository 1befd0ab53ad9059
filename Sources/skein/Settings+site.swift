import Accounts
import JSONWire
import Store

/// What `skein site` is told of a site.
struct SiteSettings {
  var name: String?
  var agent: String?
  /// One for each time that the option was given, with commas between several.
  var origins: [String] = []
  var allowsMissingOrigin: Bool?
  var languages: [String]?
  var greeting: String?
  var suggestions: [String]?
  var theme: String?
  var identity: IdentityMode?
  var retentionDays: Int64?
  /// A JSON object; empty: none.
  var keySet: String?
  /// Empty: none.
  var keySource: String?
  var issuer: String?
  var audience: String?
  var bareIDs: BareIDs?
  var budgets: Budgets?
  var sharesDocuments: Bool?
  /// Where the server is, for what the site's pages embed.
  var server = "http://127.0.0.1:8080"

  func change() throws(UsageError) -> SiteChange {
    var change = SiteChange()
    change.name = name
    change.agent = agent
    change.allowsMissingOrigin = allowsMissingOrigin
    change.languages = languages
    change.greeting = greeting
    change.suggestions = suggestions
    change.theme = theme
    change.identity = identity
    change.retentionDays = retentionDays
    change.keySet = keySource == "" ? keySet ?? "" : keySet
    change.keySource = keySource
    change.issuer = issuer
    change.audience = audience
    change.bareIDs = bareIDs
    change.budgets = budgets
    change.sharesDocuments = sharesDocuments
    if !origins.isEmpty {
      do throws(OriginError) {
        change.origins = try AllowedOrigins(origins == ["none"] ? [] : origins)
      } catch {
        throw UsageError(message: error.message)
      }
    }
    return change
  }
}

extension Settings {
  static var site: [Option<Settings>] {
    [
      argument("name", "NAME", "What it is called (none)") { settings, text in
        settings.site.name = text
        return !text.isEmpty
      },
      argument("origin", "ORIGIN", "Whose pages may use it; again for each; none: the server's own (none)") {
        settings, text in
        let origins = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        settings.site.origins += origins
        return !origins.contains("")
      },
      argument("missing-origin", "BOOL", "Whether requests without Origin may use it, as of servers (no)") {
        settings, text in
        settings.site.allowsMissingOrigin = ["yes": true, "no": false][text]
        return settings.site.allowsMissingOrigin != nil
      },
      argument("agent", "SLUG", "The agent that answers (the first site's)") { settings, text in
        settings.site.agent = text
        return !text.isEmpty
      },
      argument("languages", "LANGUAGES", "Languages of its visitors, such as en,de (none)") { settings, text in
        settings.site.languages = text.split(separator: ",").map(String.init)
        return true
      },
      argument("greeting", "TEXT", "What visitors are greeted with; empty: by the agent's own (empty)") {
        settings, text in
        settings.site.greeting = text
        return true
      },
      argument("suggestion", "TEXT", "What visitors are offered to ask; again for each (the agent's own)") {
        settings, text in
        settings.site.suggestions = (settings.site.suggestions ?? []) + (text.isEmpty ? [] : [text])
        return true
      },
      argument("theme", "JSON", "Colours and the like, a JSON object (none)") { settings, text in
        guard case .object? = try? JSONValue(parsing: Array(text.utf8)) else { return false }
        settings.site.theme = text
        return true
      },
      argument("identity", "MODE", "How visitors are known: anonymous, signed or required (anonymous)") {
        settings, text in
        settings.site.identity = IdentityMode(rawValue: text)
        return settings.site.identity != nil
      },
      argument("identity-jwks", "FILE", "Public keys of its own server (RFC 7517); empty: none (none)") {
        settings, text in
        settings.site.keySet = text.isEmpty ? "" : SmallFile.read(text)
        return settings.site.keySet != nil
      },
      argument("identity-jwks-url", "URL", "Where it publishes its public keys, to be fetched; empty: none (none)") {
        settings, text in
        settings.site.keySource = text
        return true
      },
      argument("identity-issuer", "TEXT", "What iss of its server's tokens has to be; empty: anything (anything)") {
        settings, text in
        settings.site.issuer = text
        return true
      },
      argument("identity-audience", "TEXT", "What has to be in their aud; empty: anything (anything)") {
        settings, text in
        settings.site.audience = text
        return true
      },
      argument("retention-days", "N", "Days that its sessions are to be kept; 0: for ever (0)") { settings, text in
        guard let days = Int64(text), (0...36_500).contains(days) else { return false }
        settings.site.retentionDays = days
        return true
      },
      argument("bare-ids", "WHO", "Who may use a session by its id alone: off, loopback or all (off)") {
        settings, text in
        settings.site.bareIDs = BareIDs(rawValue: text)
        return settings.site.bareIDs != nil
      },
      argument("budget", "KIND=N", "Tokens a day by site, visitor or key; again for each; 0: no limit; none") {
        settings, text in
        var budgets = settings.site.budgets ?? Budgets()
        defer { settings.site.budgets = budgets }
        if text == "none" { return true }
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let kind = SpenderKind(rawValue: parts[0]), let tokens = Int64(parts[1]),
          (0...Budgets.most).contains(tokens)
        else { return false }
        budgets.tokens[kind] = tokens
        return true
      },
      argument("shared-documents", "BOOL", "Whether it answers from the documents about this program too (no)") {
        settings, text in
        settings.site.sharesDocuments = ["yes": true, "no": false][text]
        return settings.site.sharesDocuments != nil
      },
      argument("server", "URL", "Where the server is, for what is embedded (http://127.0.0.1:8080)") {
        settings, text in
        // It becomes part of HTML.
        settings.site.server = text.hasSuffix("/") ? String(text.dropLast()) : text
        return (text.hasPrefix("http://") || text.hasPrefix("https://")) && !text.contains { "\"<>&' ".contains($0) }
      },
    ]
  }

  static func argument(
    _ flag: String, _ value: String, _ help: String, _ apply: @escaping (inout Settings, String) -> Bool
  ) -> Option<Settings> {
    Option(flag: flag, value: value, help: help, hasVariable: false, apply: apply)
  }
}
