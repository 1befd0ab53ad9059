import Conversation
import Log
import Postgres
import Reactor
import SkeinTestKit
import Testing

@testable import Agents

/// A database with the schema and, where asked for, the documents about Lantern.
final class LanternLibrary: Sendable {
  let client: PostgresClient
  private let loop: EventLoop

  init(loaded: Bool = true) async throws {
    let url = try await PrivatePostgres.shared().database()
    loop = try EventLoop()
    loop.start()
    client = PostgresClient(
      loop: loop, configuration: try PostgresConfiguration(url: url), log: Logger("postgres", level: .error))
    let folder = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/Migrations"
    try await Migrator(folder: folder, log: Logger("migrations", level: .error)).migrate(client)
    // The session that asks, on a site that wants the documents of all.
    _ = try await client.session { session in
      try await session.script(
        """
        INSERT INTO agents (slug, kind, name) VALUES ('lantern', 'knowledge', 'Lantern');
        INSERT INTO sites (key, name, shared_documents) VALUES ('lantern', 'Lantern', true);
        INSERT INTO visitors (site_id, token_digest) SELECT id, sha256(key::bytea) FROM sites;
        INSERT INTO sessions (public_id, site_id, agent_id, visitor_id, started_at, last_activity_at)
        SELECT 's_0123456789abcdef', s.id, a.id, v.id, now(), now()
        FROM sites s JOIN visitors v ON v.site_id = s.id CROSS JOIN agents a
        """)
    }
    if loaded { try await KnowledgeLibrary.load(LanternCorpus.documents, into: client) }
  }

  deinit { loop.stop() }

  func count(_ sql: String) async throws -> Int64 {
    try await client.query(PostgresStatement("SELECT count(*) FROM (\(sql)) counted", prepared: false)).int(0, 0)
  }

  /// What the agent says, without pauses.
  func ask(
    _ question: String, after turns: [Turn] = [], session: String = "s_0123456789abcdef", begun: String = ""
  ) async throws -> RecordedAnswer {
    var settings = KnowledgeAgent.Settings()
    settings.paceMilliseconds = 0
    let answer = RecordedAnswer()
    let request = AgentRequest(
      session: try #require(SessionID(session)), question: question, context: Array("{}".utf8), begun: begun,
      history: { Array(turns.suffix($0)) })
    try await KnowledgeAgent(client: client, settings: settings).answer(request, into: answer)
    return answer
  }

  /// Asks one question after the other, as one conversation.
  func converse(_ questions: [String]) async throws -> [RecordedAnswer] {
    var turns: [Turn] = []
    var answers: [RecordedAnswer] = []
    for question in questions {
      let answer = try await ask(question, after: turns)
      turns += [Turn(role: .user, text: question), Turn(role: .assistant, text: answer.text)]
      answers.append(answer)
    }
    return answers
  }
}
