import Conversation
import JSONWire
import Postgres

/// Finds passages of the documents that the conversation's site may see, by the search of the knowledge agent.
struct KnowledgeTool: Tool {
  let client: PostgresClient?

  private static let mostFound = 24
  private static let mostPassages = 5
  private static let leastCoverage = 0.3

  var description: ToolDescription {
    ToolDescription(
      name: "knowledge_search", title: "Searches the documents",
      purpose: """
        Finds passages of the documents by words, each with its title and link. Say in the answer which of them it goes \
        back to. Other words may find what these do not.
        """,
      arguments: [
        "query": [
          "type": "string", "minLength": 1, "maxLength": 1000, "description": "What is looked for, in a few words.",
        ]
      ], required: ["query"])
  }

  func call(_ arguments: JSONObject, for request: AgentRequest) async throws -> ToolResult {
    guard let client else { throw ToolError("The documents are not available here.") }
    let agent = KnowledgeAgent(client: client)
    do throws(PostgresError) {
      let question = QuestionAnalysis(arguments["query"]?.string ?? "")
      let passages = try await passages(
        for: question, KnowledgeIndex(client: client, session: request.session, language: agent.settings.language))
      guard !passages.isEmpty else { return ToolResult("Nothing was found.") }
      let found = passages.map { passage -> JSONValue in
        [
          "title": .string(passage.label), "link": .string(agent.link(to: passage)), "text": .string(passage.content),
        ]
      }
      let citations = passages.map { passage in
        Citation(title: passage.label, url: agent.link(to: passage), excerpt: passage.excerpt)
      }
      return ToolResult(JSONValue.array(found).description, citations: citations)
    } catch {
      throw ToolError("The documents could not be searched.")
    }
  }

  private func passages(
    for question: QuestionAnalysis, _ index: KnowledgeIndex
  ) async throws(PostgresError) -> [FoundPassage] {
    let understood = try await Understanding(index: index).understand(question.words, context: [])
    guard understood.passages > 0 else { return [] }
    var ranking = Ranking(terms: understood.terms)
    ranking.wantsNumber = question.asksForNumber
    let found = try await index.search(ranking.terms, among: understood.passages, limit: Self.mostFound)
    return ranking.judge(found).filter { $0.coverage >= Self.leastCoverage }.prefix(Self.mostPassages).map(\.passage)
  }
}

extension FoundPassage {
  /// Its beginning, for a citation.
  fileprivate var excerpt: String { String(content.prefix(bytes: 300)) }
}
