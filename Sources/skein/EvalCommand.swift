import Agents
import Server
import Store

/// `skein eval`
enum EvalCommand {
  static let usage = """
    usage: skein eval FILE [options]

    Asks each question of a file what the documents say, and tells how often what was expected comes first, or among the first three or ten. The file's lines are JSON objects: {"question": "...", "expected": ["path-or-title#anchor", ...]}.
    """
  static var options: [Option<Settings>] {
    Settings.ingest.filter { $0.flag == "site" } + Settings.database + Settings.logging
  }

  private static let mostBytes = 16 * 1024 * 1024

  static func run(_ arguments: [String], environment: [String: String]) async throws {
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
    let key = settings.ingest.site
    let evaluation = try await Server.keep(resolved, log: settings.log) { books in
      // The documents about this program are loaded by a server when it starts; here perhaps none has.
      try await books.loadOwnDocuments()
      let site = try await books.chosenSite(key)
      return try await Evaluation(of: questions) { question, limit in
        try await books.knowledge.passages(about: question, in: .site(site.id), limit: limit)
      }
    }
    print(evaluation.text)
  }
}
