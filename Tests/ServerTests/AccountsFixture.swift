import Accounts
import Glibc
import JSONWire
import SkeinTestKit
import Store

extension HTTPTestClient {
  /// Asks the interface for something in JSON.
  /// - Parameter token: what stands behind `Authorization: Bearer`.
  func ask(
    _ method: String, _ target: String, _ content: JSONValue? = nil, token: String? = nil, fields: String = ""
  ) async throws -> HTTPTestResponse {
    let bytes = content?.bytes ?? []
    await send(
      "\(method) \(target) HTTP/1.1\r\nHost: test\r\n\(fields)"
        + (token.map { "Authorization: Bearer \($0)\r\n" } ?? "")
        + (content == nil ? "" : "Content-Type: application/json\r\n") + "Content-Length: \(bytes.count)\r\n\r\n")
    await socket.send(bytes)
    return try await next()
  }
}

extension TestServer {
  /// Keeps users as a command of the program does.
  func users<Result: Sendable>(_ body: (UserBook) async throws -> Result) async throws -> Result {
    try await database { client in
      let desk = try PasswordDesk(cost: PasswordHasher.Cost(passes: 1, memory: 8192))
      return try await body(UserBook(client, desk: desk, limits: LoginLimits(client), by: .command))
    }
  }

  /// A user with roles on sites; its access token.
  func token(_ name: String, _ role: UserRole, on sites: [(String, UserRole)] = []) async throws -> String {
    let tokens = try await loggedIn("\(name)@example.com", role: role)
    try await users { users in
      for (site, role) in sites { try await users.setRole(role, of: "\(name)@example.com", onSite: site) }
    }
    return tokens.access
  }
}
