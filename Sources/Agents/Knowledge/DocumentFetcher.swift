package import Documents
import HTTPClient
package import Reactor

/// Fetches documents from the web, as somebody else may have named them: within limits of size, time and redirections,
/// and not from where only this machine gets to.
package struct DocumentFetcher: Sendable {
  /// A document as it was sent.
  package struct Page: Sendable {
    package let content: [UInt8]
    package let format: DocumentFormat
    /// The encoding that its head tells of.
    package let charset: String?
  }

  /// How much of others' time and patience it takes.
  package struct Limits: Sendable {
    /// The largest document, in bytes.
    package var bytes = DocumentLimits().bytes
    /// How long fetching one may take in all, and half as long without a sign of life, in seconds.
    package var seconds: UInt64 = 60
    /// How often an address may lead to another.
    package var redirections = 5

    package init() {}
  }

  package let limits: Limits
  private let http: HTTPClient

  /// - Parameter takesInner: whether addresses that are not the public internet's are asked too.
  package init(loop: EventLoop, takesInner: Bool, limits: Limits) {
    var settings = HTTPClientSettings()
    settings.reach = takesInner ? .everywhere : .publicInternet
    http = HTTPClient(loop: loop, settings: settings)
    self.limits = limits
  }

  package func close() async { await http.close() }

  /// Fetches what is at an address.
  package func fetch(_ address: String) async throws -> Page {
    var address = address
    for _ in 0...limits.redirections {
      guard WebAddress.isPlain(address) else {
        throw DocumentError(.unreadable, "only http and https are fetched, without a user or a password")
      }
      var request = HTTPClientRequest("GET", address)
      request.totalMilliseconds = limits.seconds * 1000
      request.silenceMilliseconds = limits.seconds * 500
      request.mostBytes = limits.bytes
      request.setField("Accept", "text/html, text/markdown, text/plain, application/pdf, */*;q=0.1")
      let (head, content) = try await answer(to: request)
      if [301, 302, 303, 307, 308].contains(head.status) {
        guard let target = head["location"], let next = WebAddress.resolve(target, against: address) else {
          throw DocumentError(.unreadable, "it leads elsewhere, and does not say where")
        }
        address = next
        continue
      }
      guard head.status == 200 else { throw DocumentError(.unreadable, "its server answers \(head.status)") }
      return try page(head, content, address)
    }
    throw DocumentError(.unreadable, "it leads elsewhere more than \(limits.redirections) times")
  }

  private func answer(
    to request: HTTPClientRequest
  ) async throws -> (head: HTTPClientHead, content: [UInt8]) {
    do {
      return try await http.fetch(request)
    } catch let error as HTTPClientError {
      let reason =
        switch error.code {
        case .refusedAddress: "its address is none of the public internet"
        case .tooLarge: "it is larger than \(limits.bytes) bytes"
        case .timedOut: "its server takes too long"
        case .untrusted: "its server does not prove who it is"
        case .badURL: "its address is none"
        default: "its server can't be reached, or answers in no way that is understood"
        }
      throw DocumentError(error.code == .tooLarge ? .tooLarge : .unreadable, reason)
    }
  }

  private func page(_ head: HTTPClientHead, _ content: [UInt8], _ address: String) throws -> Page {
    let type = head.mediaType
    let path = String(address.prefix { $0 != "?" && $0 != "#" })
    let isGeneral = type.isEmpty || type == "application/octet-stream" || type == "text/plain"
    guard let format = (isGeneral ? DocumentFormat(name: path) : nil) ?? DocumentFormat(mediaType: type) else {
      throw DocumentError(
        .unsupported, "it is \(type.isEmpty ? "of no kind that is said" : "of the kind \(type.prefix(80))")")
    }
    let parameter = (head["content-type"] ?? "").split(separator: ";").dropFirst().first {
      $0.drop { $0 == " " }.lowercased().hasPrefix("charset=")
    }
    let charset = parameter?.split(separator: "=").last.map { String($0.filter { $0 != "\"" && $0 != " " }) }
    return Page(content: content, format: format, charset: charset)
  }
}

/// Addresses on the web.
enum WebAddress {
  /// Whether it is one by `http` or `https`, with a host and without a user.
  static func isPlain(_ text: String) -> Bool {
    guard let (_, rest) = scheme(text) else { return false }
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    return !authority.isEmpty && !authority.contains("@") && !authority.contains("\\")
      && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
  }

  /// A reference, resolved against the address that it stands at (RFC 3986 section 5.2); nil for another scheme.
  static func resolve(_ reference: String, against base: String) -> String? {
    if scheme(reference) != nil { return reference }
    guard let (name, rest) = scheme(base), !reference.isEmpty else { return nil }
    if reference.hasPrefix("//") { return "\(name):\(reference)" }
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let path = rest[authority.endIndex...].prefix { $0 != "?" && $0 != "#" }
    let beginning = reference.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    if beginning.contains(":") { return nil }
    let target: String
    if reference.hasPrefix("/") {
      target = reference
    } else if reference.hasPrefix("?") || reference.hasPrefix("#") {
      target = (path.isEmpty ? "/" : String(path)) + reference
    } else {
      target = String(path[..<(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)]) + reference
    }
    // libcurl takes the dots out.
    return "\(name)://\(authority)" + (target.hasPrefix("/") ? "" : "/") + target
  }

  private static func scheme(_ text: String) -> (name: Substring, rest: Substring)? {
    guard let mark = text.firstRange(of: "://") else { return nil }
    let name = text[..<mark.lowerBound]
    guard ["http", "https"].contains(name.lowercased()) else { return nil }
    return (name, text[mark.upperBound...])
  }
}
