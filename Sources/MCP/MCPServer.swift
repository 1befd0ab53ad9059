package import HTTPClient
package import JSONWire
package import Log
package import Reactor

/// A tool server (Model Context Protocol), of either era and by either way: what tools it has, and calls of them. It
/// serves all sessions of the process, from one loop, and is asked from any.
package actor MCPServer {
  /// How it is reached.
  package enum Way: Sendable {
    case process(ServerCommand, ProcessPlaces)
    case http(MCPEndpoint, HTTPClients)
  }

  package nonisolated let unownedExecutor: UnownedSerialExecutor
  package nonisolated let name: String
  private let limits: MCPLimits
  /// How long a call may take, in milliseconds.
  package nonisolated var callMilliseconds: UInt64 { limits.callMilliseconds }
  private let loop: EventLoop
  private let log: Logger
  private let changes = ChangeCount()
  private let transport: any MCPTransport
  private let turns: Turns

  /// What is known of its tools, and until when that is fresh.
  private var known: (tools: [MCPTool], changes: UInt64, until: UInt64)?
  private var listing: Pending<[MCPTool]>?

  /// - Parameters:
  ///   - name: for the log.
  ///   - loop: where it lives.
  package init(_ name: String, by way: Way, limits: MCPLimits = MCPLimits(), on loop: EventLoop, log: Logger) {
    self.name = name
    self.limits = limits
    self.loop = loop
    self.log = log
    unownedExecutor = loop.asUnownedSerialExecutor()
    turns = Turns(limits.callsAtOnce)
    switch way {
    case .process(let command, let places):
      transport = StdioTransport(
        command, name: name, limits: limits, places: places, changes: changes, on: loop, log: log)
    case .http(let endpoint, let clients):
      transport = HTTPTransport(
        endpoint, name: name, limits: limits, changes: changes, clients: clients, on: loop, log: log)
    }
  }

  /// Lets it go; where it is a process, waits for that to end.
  package func close() async { await transport.close() }

  // MARK: Tools

  /// The tools that it has now, as far as is known; it is asked where that is no longer fresh. Of one that is not
  /// started again yet they are those that it had: a call will say why it can't be made.
  /// - Throws: `MCPError`, `CancellationError`.
  package func tools() async throws -> [MCPTool] {
    if let known, known.changes == changes.value, EventLoop.monotonicMilliseconds() < known.until {
      return known.tools
    }
    do {
      return try await listed()
    } catch let error as MCPError where error.restSeconds != nil {
      guard let known else { throw error }
      return known.tools
    }
  }

  /// One list for all that need it.
  private func listed() async throws -> [MCPTool] {
    if let listing { return try await listing.value() }
    let listing = Pending<[MCPTool]>()
    self.listing = listing
    // It goes on where the one who needed it first has gone.
    loop.task {
      let result: Result<[MCPTool], any Error>
      do { result = .success(try await self.list()) } catch { result = .failure(error) }
      self.listing = nil
      listing.resolve(result)
    }
    return try await listing.value()
  }

  private func list() async throws -> [MCPTool] {
    let welcome = try await transport.welcome()
    let changes = changes.value
    var listing = ToolListing(limits: limits)
    if welcome.hasTools {
      var cursor: String?
      repeat {
        let parameters = cursor.map { JSONObject([("cursor", .string($0))]) } ?? JSONObject()
        let page = MCPRequest(
          method: "tools/list", parameters: parameters, milliseconds: limits.listMilliseconds)
        cursor = try listing.take(try await transport.ask(page))
      } while cursor != nil
    }
    for (tool, error) in listing.leftOut {
      log.warning("a tool is left out", ["server": name, "tool": tool, "error": "\(error)"])
    }
    if listing.isCut {
      log.warning("a tool server has more tools than are taken", ["server": name, "taken": listing.tools.count])
    }
    let own = await transport.isListening ? limits.toldMilliseconds : limits.untoldMilliseconds
    let said = listing.freshMilliseconds.map { max($0, limits.leastFreshMilliseconds) }
    let fresh = min(said ?? own, limits.toldMilliseconds)
    known = (listing.tools, changes, EventLoop.monotonicMilliseconds() + fresh)
    return listing.tools
  }

  // MARK: Calls

  /// Calls a tool. One that was begun is told when the task is cancelled, or its time is over.
  /// - Parameter milliseconds: how long it may take, and before that its turn; nil: as long as the limits say.
  /// - Throws: `MCPError`, `CancellationError`.
  package func call(
    _ tool: MCPTool, _ arguments: JSONObject, within milliseconds: UInt64? = nil
  ) async throws -> MCPResult {
    let milliseconds = milliseconds ?? limits.callMilliseconds
    try await turns.take(on: loop, milliseconds: milliseconds)
    defer { turns.giveBack() }
    do {
      return try await attempt(tool, arguments, milliseconds)
    } catch let error as MCPError where error.number == MCPError.headerMismatch {
      // Its schema has changed since it was listed.
      changes.increase()
      guard let tool = try await tools().first(where: { $0.name == tool.name }) else { throw error }
      return try await attempt(tool, arguments, milliseconds)
    }
  }

  private func attempt(
    _ tool: MCPTool, _ arguments: JSONObject, _ milliseconds: UInt64
  ) async throws -> MCPResult {
    _ = try await transport.welcome()
    let parameters = JSONObject([("name", .string(tool.name)), ("arguments", .object(arguments))])
    let fields = [(name: "Mcp-Name", value: FieldValue.encode(tool.name))] + tool.fields.fields(arguments)
    let request = MCPRequest(
      method: "tools/call", parameters: parameters, fields: fields, milliseconds: milliseconds)
    return try MCPResult(try await transport.ask(request))
  }
}
