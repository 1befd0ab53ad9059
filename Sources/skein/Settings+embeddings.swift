import Agents
import Server

/// Vectors of documents.
extension Settings {
  static var embeddings: [Option<Settings>] {
    [
      .text(
        "embeddings-url", "URL", "The interface of a service of embeddings, as https://api.openai.com/v1 (none)",
        \.server.embeddings.url),
      .text("embeddings-model", "MODEL", "The model's name there (none)", \.server.embeddings.model),
      .text(
        "embeddings-key-env", "NAME", "The variable of the environment that holds its key (none)",
        \.server.embeddings.keyVariable),
      .text("embeddings-key-file", "FILE", "The file that holds its key (none)", \.server.embeddings.keyFile),
      .number("embeddings-batch", "Passages that one request asks for (16)", \.server.embeddings.batch, 1...2048),
      .number(
        "embeddings-seconds", "How long such a request may take, in seconds (60)", \.server.embeddings.seconds,
        1...3600),
      .number(
        "embeddings-milliseconds", "How often it is looked for passages without a vector (5000)",
        \.server.embeddings.intervalMilliseconds, 10...3_600_000),
      .number(
        "embeddings-question-milliseconds", "How long a question's vector is waited for (1000)",
        \.server.embeddings.questionMilliseconds, 10...60_000),
      .number(
        "embeddings-megabytes", "The memory that vectors may take, in MiB (64)", \.server.embeddings.megabytes,
        1...65_536),
      .number(
        "embeddings-likeness", "The cosine, in percent, from which a passage answers without the words (40)",
        \.server.embeddings.leastLikeness, 0...100),
      .number(
        "embeddings-weight", "How much the order by meaning counts beside that by words, in percent (50)",
        \.server.embeddings.weight, 0...100),
      .text(
        "embeddings-question-prefix", "TEXT", "What the model wants before a question (none)",
        \.server.embeddings.questionPrefix),
      .text(
        "embeddings-passage-prefix", "TEXT", "What it wants before a passage (none)",
        \.server.embeddings.passagePrefix),
    ]
  }

  /// Refuses what can't be used.
  func checkEmbeddings() throws(UsageError) {
    do throws(ConfigurationError) { try server.embeddings.check() } catch {
      throw UsageError(message: "--embeddings-\(error)")
    }
  }
}
