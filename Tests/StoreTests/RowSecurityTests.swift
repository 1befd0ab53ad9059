@testable import Conversation
import Log
import Postgres
import SkeinTestKit
import Testing

@testable import Store

/// Row-level security: in the role of requests every read shows what belongs to whom it acts for, and nothing else.
@Suite struct RowSecurityTests {
  /// Two sites; on the first two visitors, each with a session.
  struct World {
    let fixture: StoreFixture
    let sites: [Int64]
    let sessions: [(id: SessionID, key: SessionKey)]
    let question: MessageID
    let answer: MessageID

    static func make() async throws -> World {
      let fixture = try await StoreFixture()
      var change = SiteChange()
      change.name = "Other"
      _ = try await SiteBook(fixture.client).create(change)
      let rows = try await fixture.client.query("SELECT id FROM sites ORDER BY id")
      let sites = [try rows.int(0, 0), try rows.int(1, 0)]
      let store = try fixture.node()
      var sessions: [(id: SessionID, key: SessionKey)] = []
      for owner: UInt8 in 1...2 {
        let id = randomSession()
        guard
          case .created(let key)? = await store.commit(Group(changes: [fixture.creation(id, owner: owner)])).changes
            .first
        else { throw TestClientError.unexpected("no session") }
        sessions.append((id, key))
      }
      let (question, answer) = (randomMessage(), randomMessage())
      for change in [
        accept(sessions[0].key, question, "the secret word"), begin(sessions[0].key, question, answer),
      ] {
        try #require(await store.commit(Group(changes: [change])).changes.count == 1)
      }
      var activity = Activity()
      activity.ended(
        Completion(.complete),
        at: Activity.Place(site: sites[0], agent: fixture.directory.agents[0].profile.id, now: 1_700_000_000_000))
      try await ActivityBook(fixture.client).add(activity)
      let database = NewDatabase(
        name: "shop", kind: "postgresql", host: "db.example.com", port: 5432, database: "shop", user: "me",
        password: "secret",
        tls: "prefer")
      let owner = Array(repeating: UInt8(1), count: 32)
      let book = DatabaseBook(fixture.client, sealer: try TestServer.sealer())
      try await book.add(database, id: "db_1", for: owner, nil, on: sites[0])
      try #require(try await book.connect(sessions[0].id, to: "db_1", of: owner, on: sites[0]))
      _ = try await fixture.client.query(
        """
        INSERT INTO documents (site_id, collection, path, title, digest, public_id)
        VALUES ($1::int8, 'c', 'a.md', 'A', sha256('a'), 'doc_1'), (NULL, 'c', 'b.md', 'B', sha256('b'), 'doc_2')
        """, [.int8(sites[0])])
      let grown = await store.commit(Group(growths: [grow(sessions[0].key, answer, at: 0, "what is shown")]))
      try #require(grown.growths.count == 1)
      _ = try await fixture.client.query("SELECT search_take_down(array_agg(id)) FROM sessions")
      return World(fixture: fixture, sites: sites, sessions: sessions, question: question, answer: answer)
    }

    func owner(_ number: UInt8) -> [UInt8] { Array(repeating: number, count: 32) }

    /// Those who may see the first session, and those who may not.
    var insiders: [Acting] {
      [Acting(site: sites[0], owner: owner(1)), Acting(site: sites[0], owner: nil, reach: .site)]
    }
    var outsiders: [Acting] {
      [
        Acting(site: sites[0], owner: owner(2)), Acting(site: sites[0], owner: owner(9)),
        Acting(site: sites[0], owner: nil), Acting(site: sites[1], owner: owner(1)),
        Acting(site: sites[1], owner: nil, reach: .site), Acting(site: 0, owner: owner(1), reach: .site),
      ]
    }

    /// What asks for the first session.
    func parameters(_ statement: RequestStatement) -> [PostgresValue] {
      switch statement {
      case .session: [.text(sessions[0].id.text)]
      // The only one that speaks of it.
      case .sessions: [.null, .null, .null, .null, .text("secret"), .int8(100)]
      case .messages: [.text(sessions[0].id.text), .null, .null, .int8(10), .int8(1 << 20)]
      case .search: [.text("secret"), .null, .null, .int8(10)]
      case .activity: [.text("day"), .timestamptz(0), .timestamptz(4_000_000_000_000_000), .null]
      case .present: [.timestamptz(0)]
      case .databases: [.text("shop")]
      case .documents: [.int8(0), .null, .null, .int8(10), .int8(1)]
      case .document: [.text("doc_1"), .bool(true), .int8(1)]
      case .connection: [.text(sessions[0].id.text)]
      case .answer: [.text(sessions[0].id.text), .uuid(question.uuid)]
      case .tools: [.text(sessions[0].id.text), .uuid(answer.uuid)]
      }
    }

    /// What a statement shows somebody, in the role of requests.
    func result(
      _ statement: PostgresStatement, _ parameters: [PostgresValue] = [], as acting: Acting
    ) async -> Result<PostgresRows, PostgresError> {
      let act: [PostgresValue] = [
        .int8(acting.site), acting.owner.map { .bytea($0) } ?? .null, .text(acting.reach.rawValue),
      ]
      do {
        return .success(try await fixture.client.transaction([(Statements.act, act), (statement, parameters)])[1])
      } catch {
        return .failure(error)
      }
    }

    /// Why a statement is refused, by PostgreSQL's code.
    func refusal(
      _ statement: PostgresStatement, _ parameters: [PostgresValue] = [], as acting: Acting
    ) async -> String? {
      if case .failure(let error) = await result(statement, parameters, as: acting) { error.sqlstate } else { nil }
    }
  }

  @Test func everyRequestSeesItsOwnAlone() async throws {
    let world = try await World.make()
    let lane = RequestLane(world.fixture.client, log: Logger("requests", level: .error))
    // Each sees its own of these: they are counted below.
    for statement in RequestStatement.allCases where statement != .present {
      let parameters = world.parameters(statement)
      let isOfSites = statement == .activity
      // Whoever comes to a site may read what it answers from.
      let isOfAll = statement == .documents || statement == .document
      for acting in world.insiders where !isOfSites || acting.reach == .site {
        // Databases are their owner's alone, however far a server's key sees.
        let isRefused = statement == .databases && acting.reach == .site
        if isRefused {
          #expect(try await lane.read(statement, parameters, as: acting).count == 0)
          continue
        }
        #expect(try await lane.read(statement, parameters, as: acting).count > 0, "\(statement) as \(acting)")
      }
      for acting in world.outsiders where !isOfAll || acting.site != world.sites[0] {
        #expect(try await lane.read(statement, parameters, as: acting).count == 0, "\(statement) as \(acting)")
      }
      if isOfSites { #expect(try await lane.read(statement, parameters, as: world.insiders[0]).count == 0) }
    }
    var present: [Int64] = []
    for acting in world.insiders + world.outsiders {
      present.append(try await lane.read(.present, world.parameters(.present), as: acting).int(0, 0))
    }
    #expect(present == [1, 2, 1, 0, 0, 0, 0, 0])
  }

  /// The journal's own reads know no visitor: whoever asked by them in a request would still see nothing.
  @Test func theJournalsReadsShowARequestNothingOfOthers() async throws {
    let world = try await World.make()
    let (id, key) = (
      PostgresValue.texts([world.sessions[0].id.text]), PostgresValue.int8(world.sessions[0].key.rawValue)
    )
    let node = PostgresValue.uuid(UUIDValue(high: 1, low: 1))
    let reads: [(String, PostgresStatement, [PostgresValue])] = [
      ("runs", Statements.runs, [id, node]),
      ("pages", Statements.pages, [id, .int8s([nil]), .int8s([.max]), .int8s([10])]),
      ("turns", Statements.turns, [key, .uuid(world.answer.uuid), .int8(10)]),
    ]
    for (name, statement, parameters) in reads {
      for acting in world.insiders where name != "turns" {
        #expect(try await world.result(statement, parameters, as: acting).get().count > 0, "\(name) as \(acting)")
      }
      for acting in world.outsiders {
        #expect(try await world.result(statement, parameters, as: acting).get().count == 0, "\(name) as \(acting)")
      }
    }
    // Who owns a session is not shown at all.
    let openings: [[PostgresValue]] = [[id, .int8s([nil]), .int8s([10])], [id, .int8s([0]), .int8s([10])]]
    let news: [PostgresValue] = [key, node, .int8(0), .int8(10), .uuid(world.answer.uuid), .int8(0)]
    for acting in world.insiders + world.outsiders {
      for opening in openings {
        #expect(await world.refusal(Statements.sessions, opening, as: acting) == "42501")
      }
      #expect(await world.refusal(Statements.news, news, as: acting) == "42501")
    }
  }

  /// Every table that there is: with no filter at all, what is shown is one's own, or nothing, or refused.
  @Test func noTableShowsARowOfOthers() async throws {
    let world = try await World.make()
    let tables = try await world.fixture.client.query(
      "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY 1"
    )
    var refused: Set<String> = []
    var counts: [String: Int64] = [:]
    for row in 0..<tables.count {
      let table = try tables.text(row, 0)
      let look = PostgresStatement("SELECT count(*) FROM \"\(table)\"", prepared: false)
      switch await world.result(look, as: Acting(site: world.sites[0], owner: world.owner(2))) {
      case .success(let rows): counts[table] = try rows.int(0, 0)
      case .failure(let error):
        #expect(error.sqlstate == "42501")
        refused.insert(table)
      }
    }
    // The second visitor: a session without a message, on one of two sites.
    #expect(counts["sites"] == 1)
    #expect(counts["visitors"] == 1)
    #expect(counts["sessions"] == 1)
    #expect(counts["messages"] == 0)
    #expect(counts["message_chunks"] == 0)
    #expect(counts["runs"] == 0)
    #expect(counts["search_entries"] == 0)
    #expect(counts["databases"] == 0 && counts["session_databases"] == 0)
    #expect(counts["documents"] == 2 && counts["passages"] == 0)
    #expect(counts["vocabulary"] == 0 && counts["passage_vectors"] == 0)
    #expect(counts["activity"] == 0)
    #expect(
      Set(counts.keys) == [
        "sites", "agents", "visitors", "sessions", "messages", "message_chunks", "runs", "search_entries", "activity",
        "databases", "session_databases", "documents", "passages", "vocabulary", "passage_vectors",
      ])
    #expect(refused.isSuperset(of: ["tickets", "nodes", "embedding_models", "embedding_turn"]))
  }

  @Test(arguments: [
    "INSERT INTO sites (key, name) VALUES ('k', 'n')", "UPDATE sessions SET title = 'mine'", "DELETE FROM messages",
    "SELECT token_digest FROM visitors", "SELECT sealed_password FROM databases", "SELECT * FROM databases",
    "SELECT allowed_origins FROM sites", "TRUNCATE runs",
    "CREATE TABLE loot (a int)", "ALTER TABLE sessions DISABLE ROW LEVEL SECURITY",
  ])
  func aRequestMayOnlyRead(sql: String) async throws {
    let world = try await World.make()
    let statement = PostgresStatement(sql, prepared: false)
    #expect(await world.refusal(statement, as: world.insiders[1]) == "42501")
  }

  /// Role and person end with the transaction, whether it succeeds or not.
  @Test func nothingIsLeftBehind() async throws {
    let world = try await World.make()
    let lane = try world.fixture.lane()
    let requests = RequestLane(lane, log: Logger("requests", level: .error))
    let look: PostgresStatement = """
      SELECT current_user = session_user, coalesce(current_setting('skein.site', true), '')
      """
    for acting in world.insiders + world.outsiders {
      _ = try await requests.read(.session, world.parameters(.session), as: acting)
      _ = try? await lane.transaction([
        (Statements.act, [.int8(acting.site), .null, .text("site")]),
        (PostgresStatement("SELECT 1/0", prepared: false), []),
      ])
      let rows = try await lane.query(look)
      #expect(try rows.bool(0, 0))
      #expect(try rows.text(0, 1) == "")
    }
    await lane.close()
  }
}
