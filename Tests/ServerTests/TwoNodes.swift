import Agents
import Server
import SkeinTestKit

/// Runs `body` with two servers on one database, and stops them.
func withTwoNodes(
  _ url: String? = nil, agents: [String: any Agent] = [:], _ change: (inout ServerSettings) -> Void = { _ in },
  _ body: (TestServer, TestServer) async throws -> Void
) async throws {
  try await TestServer.with(url: url, agents: agents, change) { a in
    try await TestServer.with(url: a.url, agents: agents, change) { b in try await body(a, b) }
  }
}
