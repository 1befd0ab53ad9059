import JSONWire
import Log
import Postgres
import SkeinTestKit
import Store
import Testing

extension TestServer {
  /// Keeps the sites of the server's database.
  func sites<Result: Sendable>(_ body: @Sendable (SiteBook) async throws -> Result) async throws -> Result {
    let client = PostgresClient(
      loop: try TestLoop.shared(), configuration: try PostgresConfiguration(url: url), log: Self.log)
    do {
      let result = try await body(SiteBook(client))
      await client.close()
      return result
    } catch {
      await client.close()
      throw error
    }
  }

  /// Makes another site that is open to whoever has no origin, and waits until the server knows it.
  /// - Returns: its key.
  func secondSite() async throws -> String {
    var change = SiteChange()
    change.name = "Other"
    change.allowsMissingOrigin = true
    let key = try await sites { [change] in try await $0.create(change).key }
    try #require(try await eventually(site: key, origin: nil, is: nil))
    return key
  }

  /// A WebSocket for a site, from a page of an origin.
  func connect(site: String?, origin: String?, fields: String = "") async throws -> ChatClient {
    try await ChatClient.connect(
      to: port, target: "/v1/socket" + (site.map { "?site=\($0)" } ?? ""),
      fields: (origin.map { "Origin: \($0)\r\n" } ?? "") + fields)
  }

  /// The error and the close code that a WebSocket begins with; nil where it is welcomed.
  func refusal(site: String?, origin: String?, fields: String = "") async throws -> String? {
    let client = try await connect(site: site, origin: origin, fields: fields)
    let refusal = try await client.refusal(.random())
    await client.drop()
    return refusal
  }

  /// Waits until the server answers a site so.
  func eventually(site: String, origin: String?, is expected: String?) async throws -> Bool {
    try await notices { try await refusal(site: site, origin: origin) == expected }
  }
}

extension ChatClient {
  /// Says `hello`.
  /// - Returns: the error and the close code that it is answered with; nil for a welcome.
  func refusal(_ identity: Identity) async throws -> String? {
    await send(.object(JSONObject([("type", "hello"), ("agent", "script")] + identity.fields)))
    let frame = try await next()
    guard frame["type"] == "error" else { return nil }
    do {
      while true { _ = try await next() }
    } catch TestClientError.closed(let code, _) {
      return "\(frame["code"]?.string ?? "") \(code)"
    }
  }
}

let foreign = "forbidden 4403"
