import Accounts
import HTTPClient
import Log
import Postgres
import Reactor
import Store

/// Fetches the sets of keys that sites' own servers publish, when they are due. One server does it for all.
struct KeyFetcher: Sendable {
  private let book: KeySourceBook
  private let http: HTTPClient
  private let takesInner: Bool
  private let log: Logger

  /// - Parameter takesInner: whether sets are fetched without encryption, and from addresses that are not the public
  ///   internet's.
  init(_ client: PostgresClient, on loop: EventLoop, takesInner: Bool, log: Logger) {
    book = KeySourceBook(client)
    var settings = HTTPClientSettings()
    settings.reach = takesInner ? .everywhere : .publicInternet
    http = HTTPClient(loop: loop, settings: settings)
    self.takesInner = takesInner
    self.log = log
  }

  /// Fetches what is due.
  func round() async throws(PostgresError) {
    for source in try await book.take() {
      do throws(Refusal) {
        let set = try await fetch(source.url)
        try await store(set, source)
      } catch {
        // What was fetched before goes on to count.
        log.warning("a site's keys can't be fetched", ["site": source.key, "error": error.reason])
      }
    }
  }

  func close() async { await http.close() }

  private struct Refusal: Error {
    let reason: String
  }

  private func store(_ set: [UInt8], _ source: KeySourceBook.Source) async throws(Refusal) {
    do throws(PostgresError) {
      try await book.store(set, of: source)
    } catch {
      throw Refusal(reason: "\(error)")
    }
  }

  private func fetch(_ url: String) async throws(Refusal) -> [UInt8] {
    guard takesInner || url.hasPrefix("https://") else { throw Refusal(reason: "its address is not https") }
    var request = HTTPClientRequest("GET", url)
    request.totalMilliseconds = 10_000
    request.connectMilliseconds = 5000
    request.mostBytes = JWKSet.longest
    request.setField("Accept", "application/jwk-set+json, application/json")
    do {
      let (head, content) = try await http.fetch(request)
      guard head.status == 200 else { throw Refusal(reason: "status \(head.status)") }
      let (keys, complaints) = SiteIdentity.keys(secret: nil, jwks: content)
      guard !keys.isEmpty else { throw Refusal(reason: complaints.first ?? "its set holds no key") }
      return content
    } catch {
      throw error as? Refusal ?? Refusal(reason: "\(error)")
    }
  }
}
