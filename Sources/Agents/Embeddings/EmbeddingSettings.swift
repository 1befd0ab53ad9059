import CSodium
import JSONWire

/// Where vectors of texts are had from, and what they may cost.
package struct EmbeddingSettings: Sendable, Equatable {
  /// The interface's address, such as `https://api.openai.com/v1`, to which `/embeddings` is added; empty: none, and
  /// documents are searched by their words alone.
  package var url = ""
  /// The model's name there.
  package var model = ""
  /// The variable of the environment, or the file, that holds the key; empty: none.
  package var keyVariable = ""
  package var keyFile = ""
  /// Passages that one request asks for.
  package var batch = 16
  /// How long such a request may take, in seconds.
  package var seconds: UInt64 = 60
  /// How often it is looked for passages without a vector, in milliseconds.
  package var intervalMilliseconds: UInt64 = 5000
  /// How long the vector of a question is waited for, in milliseconds.
  package var questionMilliseconds: UInt64 = 1000
  /// How long the service is left alone after a failure, in milliseconds: after the first, and at most.
  package var restMilliseconds: ClosedRange<UInt64> = 1000...60_000
  /// The memory that vectors may take, in MiB.
  package var megabytes = 64
  /// How near to a question, as the cosine in percent, a passage has to be to answer it without its words.
  package var leastLikeness = 40
  /// How much the order by meaning counts beside that by words, in percent: 0 is the words' order alone.
  package var weight = 50
  /// What some models want to be put before a question, and before a passage.
  package var questionPrefix = ""
  package var passagePrefix = ""

  package init() {}

  /// Whether there are vectors at all.
  package var isOn: Bool { !url.isEmpty }

  /// Grows with every change of what is made of a passage before it is sent.
  private static let textVersion = "1"

  /// SHA-256 (FIPS 180-4) of all that the vectors of passages depend on.
  var digest: [UInt8] {
    let bytes = Array([Self.textVersion, model, passagePrefix].joined(separator: "\u{0}").utf8)
    var digest = [UInt8](repeating: 0, count: 32)
    crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
    return digest
  }

  /// The service that it is.
  /// - Throws: what is wrong with these settings.
  func service() throws(ConfigurationError) -> ServiceSettings {
    var members = JSONObject([("url", .string(url))])
    if !keyVariable.isEmpty { members["key_env"] = .string(keyVariable) }
    if !keyFile.isEmpty { members["key_file"] = .string(keyFile) }
    return try ServiceSettings(ConfigurationMembers(members), retries: 0)
  }

  /// Refuses what can't be used.
  package func check() throws(ConfigurationError) {
    guard isOn else { return }
    _ = try service()
    if model.isEmpty { throw ConfigurationError("model: its name") }
  }
}
