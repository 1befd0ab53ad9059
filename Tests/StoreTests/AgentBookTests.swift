import Accounts
import Conversation
import JSONWire
import Postgres
import Sealing
import Testing

@testable import Store

/// Agents that operators set up.
@Suite struct AgentBookTests {
  private static func change(_ model: String) -> AgentChange {
    var change = AgentChange()
    (change.kind, change.name) = ("chat-completions", "Helper")
    change.settings = JSONObject([("url", "https://a.example"), ("model", .string(model))])
    return change
  }

  @Test func anAgentIsMadeChangedAndFollowed() async throws {
    let fixture = try await StoreFixture()
    let book = AgentBook(fixture.client)
    let made = try await book.create("helper", Self.change("m"))
    #expect(made.kind == "chat-completions" && made.settings["model"] == "m" && !made.isBuiltIn)
    await #expect(throws: AgentBookError.taken("helper")) { _ = try await book.create("helper", Self.change("n")) }
    await #expect(throws: AgentBookError.badSlug) { _ = try await book.create("Hel per", Self.change("n")) }
    await #expect(throws: AgentBookError.incomplete) { _ = try await book.create("other", AgentChange()) }
    var change = AgentChange()
    change.greeting = "Hello!"
    let changed = try await book.update("helper", change)
    #expect(changed.greeting == "Hello!" && changed.settings == made.settings && changed.name == "Helper")
    let renewed = try #require(try await fixture.directory.renewed(from: fixture.client))
    let entry = try #require(renewed.agents.last)
    #expect(entry.profile.slug == "helper" && entry.settings == made.settings && !entry.isWithdrawn)
    #expect(renewed.agent("helper", for: renewed.sites[0])?.profile.greeting == "Hello!")
    let audit = try await AuditBook(fixture.client).list(limit: 10).filter { $0.target == "agent:helper" }
    #expect(audit.map(\.action) == ["agent.changed", "agent.created"])
  }

  @Test func aPartOfTheProgramIsNotChanged() async throws {
    let fixture = try await StoreFixture()
    let book = AgentBook(fixture.client)
    await #expect(throws: AgentBookError.builtIn("first")) { _ = try await book.update("first", AgentChange()) }
    await #expect(throws: AgentBookError.builtIn("first")) { try await book.delete("first") }
    await #expect(throws: AgentBookError.noSuchAgent("none")) { try await book.delete("none") }
  }

  @Test func whatIsDeletedComesBackUnderItsSlug() async throws {
    let fixture = try await StoreFixture()
    let book = AgentBook(fixture.client)
    let made = try await book.create("helper", Self.change("m"))
    // Somebody has talked with it.
    let id = randomSession()
    var creation = fixture.creation(id, owner: 1)
    if case .create(var inner) = creation {
      inner.agent = made.id
      creation = .create(inner)
    }
    _ = await (try fixture.node()).commit(Group(changes: [creation]))
    try await book.delete("helper")
    #expect(try await book.list().map(\.slug) == ["first"])
    let renewed = try #require(try await fixture.directory.renewed(from: fixture.client))
    #expect(renewed.agent("helper", for: renewed.sites[0]) == nil)
    #expect(renewed.profile(ofAgent: made.id, on: renewed.sites[0].id)?.name == "Helper")
    let again = try await book.create("helper", Self.change("n"))
    #expect(again.id == made.id && again.settings["model"] == "n")
    // One that nobody has talked with is gone.
    let other = try await book.create("other", Self.change("m"))
    try await book.delete("other")
    #expect(try await book.create("other", Self.change("m")).id != other.id)
  }

  @Test func theAgentOfASiteStays() async throws {
    let fixture = try await StoreFixture()
    let book = AgentBook(fixture.client)
    _ = try await book.create("helper", Self.change("m"))
    var site = SiteChange()
    site.agent = "helper"
    let key = fixture.directory.sites[0].key
    _ = try await SiteBook(fixture.client).update(key, site)
    await #expect(throws: AgentBookError.used(site: key)) { try await book.delete("helper") }
  }

  private static func sealer(_ text: String) throws -> Sealer { Sealer(try SealingKeys(text)) }

  @Test func secretsAreSealedFollowedAndRenewed() async throws {
    let fixture = try await StoreFixture()
    let (first, second) = ("v1:" + String(repeating: "A", count: 43), "v2:" + String(repeating: "B", count: 42) + "A")
    let book = AgentBook(fixture.client, sealer: try Self.sealer(first))
    var change = Self.change("m")
    change.secrets = AgentSecretChange(given: ["key": SecretText("sk-1"), "headers.X": SecretText("ours")], kept: [])
    await #expect(throws: AgentBookError.noKey) {
      _ = try await AgentBook(fixture.client).create("helper", change)
    }
    #expect(try await book.list().map(\.slug) == ["first"])
    let made = try await book.create("helper", change)
    #expect(made.secrets == ["key", "headers.X"])
    #expect(try await book.secrets(of: "helper")["key"]?.text == "sk-1")
    // One that is taken does not get another's secrets.
    await #expect(throws: AgentBookError.taken("helper")) { _ = try await book.create("helper", change) }

    var later = AgentChange()
    later.secrets = AgentSecretChange(given: ["key": SecretText("sk-2")], kept: ["headers.X"])
    later.present = JSONObject([("url", "https://elsewhere.example")])
    await #expect(throws: AgentBookError.changedMeanwhile) { _ = try await book.update("helper", later) }
    #expect(try await book.secrets(of: "helper")["key"]?.text == "sk-1")
    later.present = made.settings
    #expect(try await book.update("helper", later).secrets == ["key", "headers.X"])

    // Under a new version of the key all are what they were.
    let both = try Self.sealer("\(second),\(first)")
    #expect(try await SecretBook(fixture.client, both).renew().renewed == 2)
    let directory = try await Directory.load(from: fixture.client, builtIn: [], sealer: try Self.sealer(second))
    let entry = try #require(directory.agents.last)
    #expect(entry.secrets == ["key": SecretText("sk-2"), "headers.X": SecretText("ours")])
    #expect(!"\(entry)".contains("sk-2") && directory.complaints == [])
    // Without it they are not there, which is told.
    let poor = try await Directory.load(from: fixture.client, builtIn: [], sealer: try Self.sealer(first))
    #expect(poor.agents.last?.secrets == [:] && poor.complaints.count == 2)
    #expect(poor.complaints.allSatisfy { $0.hasPrefix("agent helper: its ") && !$0.contains("sk-2") })

    later.secrets = AgentSecretChange(given: [:], kept: ["headers.X"])
    #expect(try await book.update("helper", later).secrets == ["headers.X"])
    try await book.delete("helper")
    #expect(try await fixture.count("agent_secrets") == 0)
  }
}
