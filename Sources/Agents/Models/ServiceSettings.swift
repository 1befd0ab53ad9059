package import Accounts
import HTTPClient
import Redaction

/// Where a service is, what it is shown, and how long it is waited for: what the configurations of all agents have in
/// common that ask others.
package struct ServiceSettings: Sendable, Equatable {
  package var url: String
  package var key: ModelKey
  /// The field that the key goes into; nil: the interface's own.
  package var keyHeader: String?
  package var headers: [HeaderField]
  /// How much of the conversation goes with a question, in tokens as they are estimated.
  package var historyTokens: Int
  package var connectSeconds: UInt64
  /// How long nothing may come of an answer; 0: as long as the server's own limits let it.
  package var silenceSeconds: UInt64
  /// How often a question is asked again that found nobody.
  package var retries: Int
  /// How many bytes of what is thought on the way to an answer persons are shown; 0: nothing is.
  package var reasoningBytes: Int

  package struct HeaderField: Sendable, Equatable {
    package let name: String
    /// Nil where it is stored and can't be opened.
    package let value: SecretText?
    /// Whether it was given as a secret.
    var isSecret = false

    /// - Throws: where it is not there.
    func text() throws(ModelFailure) -> String {
      guard let value else { throw ModelFailure(.refusedKey, "the stored \(name) can't be opened") }
      return value.text
    }

    /// What is secret of it.
    var secrets: [String] {
      guard let value, isSecret || SecretNames.holds(name) else { return [] }
      return SecretNames.secrets(ofField: value.text)
    }
  }

  /// Its members as they are stored and shown.
  static let members: Set<String> = [
    "url", "key", "key_env", "key_file", "key_header", "headers", "history_tokens", "connect_seconds",
    "silence_seconds",
    "retries", "show_reasoning", "reasoning_bytes",
  ]

  /// - Parameter retries: where the configuration says nothing.
  init(_ members: ConfigurationMembers, retries: Int64) throws(ConfigurationError) {
    url = try members.url("url")
    key = try ModelKey(members, "key")
    keyHeader = try members.text("key_header", 1...100)
    headers = try members.headers("headers")
    historyTokens = Int(try members.int("history_tokens", 0...10_000_000) ?? 8000)
    connectSeconds = UInt64(try members.int("connect_seconds", 1...300) ?? 10)
    silenceSeconds = UInt64(try members.int("silence_seconds", 0...86_400) ?? 0)
    let isShown = try members.bool("show_reasoning") ?? false
    let bytes = Int(try members.int("reasoning_bytes", 1...32_768) ?? 16_384)
    reasoningBytes = isShown ? bytes : 0
    self.retries = Int(try members.int("retries", 0...10) ?? retries)
  }

  /// All that the service is shown and nobody else may see, as far as it can be read now.
  /// - Parameter others: what it knows beside that.
  func redaction(_ others: [ModelKey] = []) -> Redaction {
    let keys = ([key] + others).compactMap { key in (try? key.read()) ?? nil }
    return Redaction(
      keys + headers.flatMap(\.secrets) + SecretNames.secrets(ofURL: url), from: Redaction.leastKeyBytes)
  }

  /// A request to the service, with its key.
  /// - Parameters:
  ///   - url: where the service's own is a part of it.
  ///   - keyField: the interface's own field for the key.
  /// - Throws: where the key is not there.
  func request(
    to url: String? = nil, _ body: [UInt8], keyField: String = "Authorization"
  ) throws(ModelFailure) -> HTTPClientRequest {
    var request = HTTPClientRequest("POST", url ?? self.url, body: body)
    request.connectMilliseconds = connectSeconds * 1000
    request.silenceMilliseconds = silenceSeconds * 1000
    request.setField("Content-Type", "application/json")
    if let key = try key.read() {
      let field = keyHeader ?? keyField
      request.setField(field, field.lowercased() == "authorization" ? "Bearer \(key)" : key)
    }
    for field in headers { request.setField(field.name, try field.text()) }
    return request
  }
}
