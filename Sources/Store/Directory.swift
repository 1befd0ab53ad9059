package import Conversation
package import Postgres

/// The sites that are served, and the agents that answer.
package struct Directory: Sendable {
  /// A website, or the server's own page.
  package struct Site: Sendable {
    package let id: Int64
    package let key: String
    package let defaultAgent: Int64?
  }

  /// An agent, and what it is made of.
  package struct Entry: Sendable {
    package let profile: AgentProfile
    package let kind: String
  }

  package let sites: [Site]
  package let agents: [Entry]

  /// The site of a key; without a key the only one there is.
  package func site(_ key: String?) -> Site? {
    if let key { return sites.first { $0.key == key } }
    return sites.count == 1 ? sites.first : nil
  }

  /// The agent that a client names, or the site's own.
  package func agent(_ slug: String?, for site: Site) -> Entry? {
    if let slug { return agents.first { $0.profile.slug == slug } }
    return agents.first { $0.profile.id == site.defaultAgent }
  }

  /// Makes the agents and the first site where they are missing, and reads what there is.
  /// - Parameter builtIn: the agents that this program brings; the first is the first site's own.
  package static func load(
    from client: PostgresClient, builtIn: [(profile: AgentProfile, kind: String)]
  ) async throws(PostgresError) -> Directory {
    for (profile, kind) in builtIn {
      _ = try await client.query(
        Statements.makeAgent,
        [
          .text(profile.slug), .text(kind), .text(profile.name), .text(profile.greeting),
          .texts(profile.suggestions),
        ])
    }
    if let first = builtIn.first?.profile.slug {
      _ = try await client.query(Statements.makeSite, [.text("default"), .text("Skein"), .text(first)])
    }
    let sites = try await client.query(Statements.sites, [])
    let agents = try await client.query(Statements.agents, [])
    return Directory(
      sites: try (0..<sites.count).map { row throws(PostgresError) in
        Site(
          id: try sites.int(row, 0), key: try sites.text(row, 1),
          defaultAgent: try sites.optional(row, 2, sites.int))
      },
      agents: try (0..<agents.count).map { row throws(PostgresError) in
        Entry(profile: try agents.agentProfile(row, from: 0, skippingKind: true), kind: try agents.text(row, 2))
      })
  }
}
