import Conversation
import JSONWire
import Postgres

/// Finds passages of the documents that the conversation's site may see, by the search of the knowledge agent.
struct KnowledgeTool: Tool {
  let client: PostgresClient?
  var vectors: VectorSearch?

  private static let mostPassages = 5
  private static let leastCoverage = 0.3
  private static let excerptBytes = 300

  var description: ToolDescription {
    var description = ToolDescription(
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
    description.mayRepeat = true
    return description
  }

  func call(_ arguments: JSONObject, for request: AgentRequest) async throws -> ToolResult {
    guard let client else { throw ToolError("The documents are not available here.") }
    do throws(PostgresError) {
      let found = try await KnowledgeSearch(client: client, vectors: vectors)
        .passages(about: arguments["query"]?.string ?? "", for: request.session, limit: Self.mostPassages)
        .filter { $0.coverage >= Self.leastCoverage || $0.isNear }
      guard !found.isEmpty else { return ToolResult("Nothing was found.") }
      let told = found.map { one -> JSONValue in
        ["title": .string(one.title), "link": .string(one.link), "text": .string(one.text)]
      }
      let citations = found.map { one in
        Citation(title: one.title, url: one.link, excerpt: String(one.text.prefix(bytes: Self.excerptBytes)))
      }
      return ToolResult(JSONValue.array(told).description, citations: citations)
    } catch {
      throw ToolError("The documents could not be searched.")
    }
  }
}
