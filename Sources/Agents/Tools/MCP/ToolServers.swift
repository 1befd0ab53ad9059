package import HTTPClient
import JSONWire
package import Log
import MCP
package import Reactor
import Synchronization

/// The tool servers of this process: those that were named to it, started when they are needed, and those that agents'
/// configurations describe, for as long as one does. All sessions share them.
package final class ToolServers: Sendable {
  private struct State {
    var named: [String: MCPServer] = [:]
    /// By what describes them, and a digest of their secrets.
    var described: [[UInt8]: Held] = [:]
    var count = 0
    var isClosed = false
  }

  private struct Held {
    weak var lease: ToolServerLease?
  }

  private let list: ToolServerList
  private let places: ProcessPlaces
  private let loops: [EventLoop]
  private let clients: HTTPClients
  let log: Logger
  private let state = Mutex(State())

  /// - Parameters:
  ///   - processes: how many of them may be processes at once.
  ///   - loops: where they live, by turns.
  package init(
    _ list: ToolServerList, processes: Int, loops: [EventLoop], clients: HTTPClients, log: Logger
  ) {
    self.list = list
    places = ProcessPlaces(processes)
    self.loops = loops
    self.clients = clients
    self.log = log
  }

  /// Ends all, and waits for their processes.
  package func close() async {
    let servers = state.withLock { state in
      state.isClosed = true
      defer { (state.named, state.described) = ([:], [:]) }
      return Array(state.named.values) + state.described.values.compactMap { $0.lease?.server }
    }
    await withTaskGroup(of: Void.self) { group in
      for server in servers { group.addTask { await server.close() } }
    }
  }

  /// The server that was named so.
  /// - Throws: `ToolError` where none was.
  func server(named name: String) throws(ToolError) -> MCPServer {
    guard let settings = list.servers[name] else {
      throw ToolError("There is no tool server \(name) here.")
    }
    let server = state.withLock { state -> MCPServer? in
      if let server = state.named[name] { return server }
      let server = make(settings, &state)
      state.named[name] = server
      return server
    }
    guard let server else { throw ToolError("The server is being stopped.") }
    return server
  }

  /// The server that a configuration describes.
  func lease(_ settings: ToolServerSettings, _ description: JSONObject) throws(ToolError) -> ToolServerLease {
    let key = JSONValue.object(description).bytes + settings.secretDigest
    let lease = state.withLock { state -> ToolServerLease? in
      if let lease = state.described[key]?.lease { return lease }
      state.described = state.described.filter { $0.value.lease != nil }
      guard let server = make(settings, &state) else { return nil }
      let lease = ToolServerLease(server)
      state.described[key] = Held(lease: lease)
      return lease
    }
    guard let lease else { throw ToolError("The server is being stopped.") }
    return lease
  }

  private func make(_ settings: ToolServerSettings, _ state: inout State) -> MCPServer? {
    guard !state.isClosed, !loops.isEmpty else { return nil }
    let way: MCPServer.Way =
      switch settings.way {
      case .command(let command): .process(command, places)
      case .url(let address): .http(address.endpoint, clients)
      }
    state.count += 1
    return MCPServer(
      settings.name, by: way, limits: settings.limits, on: loops[state.count % loops.count], log: log)
  }
}

/// Holds a server for as long as a configuration describes it.
final class ToolServerLease: Sendable {
  let server: MCPServer

  init(_ server: MCPServer) { self.server = server }

  deinit {
    let server = server
    Task { await server.close() }
  }
}
