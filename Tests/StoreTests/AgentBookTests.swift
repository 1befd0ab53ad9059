import Conversation
import JSONWire
import Postgres
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
}
