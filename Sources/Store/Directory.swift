package import Accounts
package import Conversation
package import JSONWire
import Sealing

/// The sites that are served, the agents that answer, and what credentials are judged by, as they stood at one moment.
package struct Directory: Sendable {
  /// A website, or the server's own page.
  package final class Site: Sendable {
    package let id: Int64
    /// What its pages name it by. It is no secret.
    package let key: String
    package let defaultAgent: Int64?
    /// Whose pages may use it.
    package let policy: OriginPolicy
    /// What its visitors are greeted with; empty: by the agent's own.
    package let greeting: String
    /// What they are offered to ask; empty: the agent's own.
    package let suggestions: [String]
    /// Who may use a session by its id alone.
    package let bareIDs: BareIDs
    /// How its visitors are known.
    package let identity: SiteIdentity
    /// How many tokens of models may be used there in a day.
    package let budgets: Budgets

    init(
      id: Int64, key: String, defaultAgent: Int64?, policy: OriginPolicy, greeting: String, suggestions: [String],
      bareIDs: BareIDs, identity: SiteIdentity, budgets: Budgets
    ) {
      self.id = id
      self.key = key
      self.defaultAgent = defaultAgent
      self.policy = policy
      self.greeting = greeting
      self.suggestions = suggestions
      self.bareIDs = bareIDs
      self.identity = identity
      self.budgets = budgets
    }
  }

  /// An agent, and what it is made of.
  package struct Entry: Sendable {
    package let profile: AgentProfile
    package let kind: String
    /// The site that alone may use it; nil: all may.
    package let site: Int64?
    /// What an agent of that kind is told; empty for those that the program brings.
    package let settings: JSONObject
    /// What is stored sealed behind the marks of its settings, by their places.
    package let secrets: [String: SecretText]
    /// Whether it answers no more.
    package let isWithdrawn: Bool
  }

  /// Grows with each change.
  package let version: Int64
  package let sites: [Site]
  package let agents: [Entry]
  /// What credentials are judged by.
  package internal(set) var credentials: Credentials
  /// What of the sites can't be used as it is stored: origins, which then allow nobody, and keys.
  package let complaints: [String]
  /// What opens its secrets where they are sealed.
  let sealer: Sealer?
  private let sitesByKey: [String: Site]
  private let sitesByID: [Int64: Site]
  private let agentsBySlug: [String: Entry]
  private let agentsByID: [Int64: Entry]

  /// The key of the site that the first server on a database makes.
  package static let firstKey = "default"

  init(
    version: Int64, sites: [Site], agents: [Entry], credentials: Credentials, complaints: [String], sealer: Sealer?
  ) {
    self.version = version
    self.sites = sites
    self.agents = agents
    self.credentials = credentials
    self.complaints = complaints
    self.sealer = sealer
    sitesByKey = Dictionary(sites.map { ($0.key, $0) }) { first, _ in first }
    sitesByID = Dictionary(sites.map { ($0.id, $0) }) { first, _ in first }
    agentsBySlug = Dictionary(agents.map { ($0.profile.slug, $0) }) { first, _ in first }
    agentsByID = Dictionary(agents.map { ($0.profile.id, $0) }) { first, _ in first }
  }

  /// The site of a key; without a key the only one there is, or else the first server's own.
  package func site(_ key: String?) -> Site? {
    if let key { return sitesByKey[key] }
    return sites.count == 1 ? sites.first : sitesByKey[Self.firstKey]
  }

  /// The site of an id; nil where it is served no more.
  package func site(id: Int64) -> Site? { sitesByID[id] }

  /// The agent that a client names, or the site's own.
  package func agent(_ slug: String?, for site: Site) -> Entry? {
    let site = sitesByID[site.id] ?? site
    let entry = slug.map { agentsBySlug[$0] } ?? site.defaultAgent.flatMap { agentsByID[$0] }
    guard entry?.isWithdrawn != true else { return nil }
    return entry?.site == nil || entry?.site == site.id ? entry : nil
  }

  /// The agent of an id as a site presents it; nil where it is newer than this directory.
  package func profile(ofAgent id: Int64, on site: Int64) -> AgentProfile? {
    guard var agent = agentsByID[id]?.profile else { return nil }
    guard let site = sitesByID[site] else { return agent }
    if !site.greeting.isEmpty { agent.greeting = site.greeting }
    if !site.suggestions.isEmpty { agent.suggestions = site.suggestions }
    return agent
  }
}
