import Agents
import HTTPClient
import Reactor
import Server
import Store

/// `skein eval`
enum EvalCommand {
  static let usage = """
    usage: skein eval FILE [options]

    Asks each question of a file what the documents say, and tells how often what was expected comes first, or among the first three or ten. The file's lines are JSON objects: {"question": "...", "expected": ["path-or-title#anchor", ...]}.
    """
  static var options: [Option<Settings>] {
    Settings.ingest.filter { $0.flag == "site" } + Settings.database + Settings.embeddings + Settings.services
      + Settings.logging
  }

  /// How often one after the other the service of embeddings may fail.
  private static let mostRests = 3
  private static let mostBytes = 16 * 1024 * 1024

  static func run(_ arguments: [String], environment: [String: String], on loop: EventLoop) async throws {
    let (given, words) = Option.separate(options, arguments)
    var settings = Settings()
    try Option.parse(options, given, environment: environment, into: &settings)
    guard words.count == 1 else { throw UsageError(message: "skein eval takes one file") }
    guard let bytes = FileBytes.read(words[0], most: mostBytes) else {
      throw UsageError(message: "\(words[0]) can't be read")
    }
    let questions: [Evaluation.Question]
    do throws(Evaluation.BadLine) { questions = try Evaluation.questions(bytes) } catch {
      throw UsageError(message: "\(words[0]), line \(error.number): \(error.reason)")
    }
    let resolved = try settings.resolved()
    let (key, log) = (settings.ingest.site, settings.log)
    let clients = HTTPClients([loop], settings: resolved.http)
    let evaluation = try await Server.keep(resolved, log: settings.log) { books in
      // The documents about this program are loaded by a server when it starts; here perhaps none has.
      try await books.loadOwnDocuments()
      let site = try await books.chosenSite(key)
      let vectors = try books.vectors(clients, log: log)
      if let vectors { try await complete(vectors.embedder, on: loop) }
      let knowledge = books.knowledge(vectors?.search)
      return try await Evaluation(of: questions) { question, limit in
        try await knowledge.passages(about: question, in: .site(site.id), limit: limit)
      }
    }
    await clients.close()
    print(evaluation.text)
  }

  /// Waits until all passages have vectors: half of them would make figures of nothing.
  private static func complete(_ embedder: Embedder, on loop: EventLoop) async throws {
    let begun = EventLoop.monotonicMilliseconds()
    var rests = 0
    while true {
      switch try await embedder.step() {
      case .complete: return ProgressLine.end()
      case .made: rests = 0
      case .notItsTurn: await loop.sleep(milliseconds: 200)
      case .resting(let milliseconds):
        rests += 1
        guard rests <= mostRests else { throw UsageError(message: "the service of embeddings does not answer") }
        await loop.sleep(milliseconds: milliseconds)
      }
      let progress = try await embedder.progress()
      ProgressLine.show("vectors", Int(progress.all - progress.lacking), Int(progress.all), since: begun)
    }
  }
}
