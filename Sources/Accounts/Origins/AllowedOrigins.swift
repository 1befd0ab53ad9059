/// The origins whose pages may use a site. Each is one of
/// - an origin: `https://example.com`, `http://localhost:3000`, `https://[2001:db8::1]`, `capacitor://localhost`;
/// - `https://*.example.com`: all hosts below that one at any depth, as in a Content-Security-Policy, and not the host
///   itself; scheme and port are those that are named;
/// - `*`: every origin but `null`.
package struct AllowedOrigins: Sendable, Equatable {
  /// As they were read, each in its shortest form.
  package let texts: [String]
  private let isAny: Bool
  private let exact: Set<WebOrigin>
  /// Those that stand behind `*.`.
  private let parents: Set<WebOrigin>

  /// A site's origins stand in a field of its page's header: so many, and so many bytes of them, fit into it.
  package static let most = 100
  package static let mostBytes = 4096

  /// Nobody but the server's own page.
  package static let none = AllowedOrigins(entries: [])

  /// - Throws: which text is no origin, and why.
  package init(_ texts: [String]) throws(OriginError) {
    var entries: [Entry] = []
    for text in texts { entries.append(try Entry(text)) }
    self.init(entries: entries)
    guard self.texts.count <= Self.most, self.texts.reduce(0, { $0 + $1.utf8.count }) <= Self.mostBytes else {
      throw OriginError("A site", "has at most \(Self.most) origins of \(Self.mostBytes) bytes in all")
    }
  }

  /// What was stored by other hands: a text that is none allows nobody.
  /// - Returns: what is wrong with the others.
  package static func read(_ texts: [String]) -> (origins: AllowedOrigins, wrong: [OriginError]) {
    var (entries, wrong): ([Entry], [OriginError]) = ([], [])
    for text in texts.prefix(most) {
      do throws(OriginError) { entries.append(try Entry(text)) } catch { wrong.append(error) }
    }
    return (AllowedOrigins(entries: entries), wrong)
  }

  private init(entries: [Entry]) {
    var texts: [String] = []
    var (exact, parents): (Set<WebOrigin>, Set<WebOrigin>) = ([], [])
    var isAny = false
    for entry in entries {
      if !texts.contains(entry.description) { texts.append(entry.description) }
      switch entry {
      case .any: isAny = true
      case .exactly(let origin): exact.insert(origin)
      case .below(let parent): parents.insert(parent)
      }
    }
    self.texts = texts
    self.isAny = isAny
    self.exact = exact
    self.parents = parents
  }

  /// Whether a page of this origin may use the site.
  package func contains(_ origin: WebOrigin) -> Bool {
    if isAny || exact.contains(origin) { return true }
    guard !parents.isEmpty, !origin.isAddress else { return false }
    var rest = origin.host[...]
    while let dot = rest.firstIndex(of: ".") {
      rest = rest[rest.index(after: dot)...]
      if parents.contains(WebOrigin(scheme: origin.scheme, host: String(rest), port: origin.port)) { return true }
    }
    return false
  }

  /// Who may show the server's page in a frame, as a Content-Security-Policy (CSP Level 3 section 6.4.2); nil:
  /// everybody. IPv6 addresses are left out, which that grammar can't name.
  package var framePolicy: String? {
    guard !isAny else { return nil }
    return (["frame-ancestors 'self'"] + texts.filter { !$0.contains("[") }).joined(separator: " ")
  }

  private enum Entry: CustomStringConvertible {
    case any
    case exactly(WebOrigin)
    case below(WebOrigin)

    init(_ text: String) throws(OriginError) {
      if text == "*" {
        self = .any
        return
      }
      guard let star = text.firstRange(of: "://*.") else {
        guard !text.utf8.contains(UInt8(ascii: "*")) else {
          throw OriginError(text, "has its asterisk elsewhere than in https://*.example.com")
        }
        self = .exactly(try WebOrigin(text))
        return
      }
      let rest = text[star.upperBound...]
      guard !rest.utf8.contains(UInt8(ascii: "*")) else { throw OriginError(text, "has more than one asterisk") }
      let parent: WebOrigin
      do throws(OriginError) {
        parent = try WebOrigin("\(text[..<star.lowerBound])://\(rest)")
      } catch {
        throw OriginError(text, "names no host behind its asterisk")
      }
      // Nobody owns all of *.com.
      guard !parent.isAddress, parent.host.contains(".") || parent.host == "localhost" else {
        throw OriginError(text, "is wider than a domain: write https://*.example.com")
      }
      self = .below(parent)
    }

    var description: String {
      switch self {
      case .any: "*"
      case .exactly(let origin): "\(origin)"
      case .below(let parent):
        "\(WebOrigin(scheme: parent.scheme, host: "*.\(parent.host)", port: parent.port))"
      }
    }
  }
}
