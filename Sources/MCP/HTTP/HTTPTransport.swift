import HTTPClient
import HTTPWire
import JSONWire
import Log
import Reactor

/// A tool server that is reached by streamable HTTP: each message is a request of its own, and each answer JSON or a
/// stream of events.
actor HTTPTransport: MCPTransport {
  /// A server that was greeted. In the legacy era it may have given the dialogue an id.
  struct Session: Sendable, Equatable {
    let welcome: MCPWelcome
    let id: String?
    /// Tells one session from those before it.
    let number: Int64
  }

  nonisolated let unownedExecutor: UnownedSerialExecutor
  let name: String
  let endpoint: MCPEndpoint
  let limits: MCPLimits
  let changes: ChangeCount
  let clients: HTTPClients
  let loop: EventLoop
  let log: Logger

  var session: Session?
  private var greeting: Pending<MCPWelcome>?
  private var ids: Int64 = 0
  var listener: Task<Void, Never>?
  /// Whether the listener has a stream now.
  var isListening = false
  var isClosed = false

  init(
    _ endpoint: MCPEndpoint, name: String, limits: MCPLimits, changes: ChangeCount, clients: HTTPClients,
    on loop: EventLoop, log: Logger
  ) {
    self.endpoint = endpoint
    self.name = name
    self.limits = limits
    self.changes = changes
    self.clients = clients
    self.loop = loop
    self.log = log
    unownedExecutor = loop.asUnownedSerialExecutor()
  }

  func close() async {
    isClosed = true
    listener?.cancel()
    guard let session else { return }
    self.session = nil
    guard session.id != nil else { return }
    // Whether it lets clients end their sessions is its own matter.
    var request = HTTPClientRequest("DELETE", endpoint.url)
    guard (try? dress(&request, session)) != nil else { return }
    request.totalMilliseconds = limits.graceMilliseconds
    _ = try? await clients.here.fetch(request)
  }

  // MARK: Greeting

  func welcome() async throws -> MCPWelcome {
    if let session { return session.welcome }
    if let greeting { return try await greeting.value() }
    guard !isClosed else { throw MCPError(.closed) }
    let greeting = Pending<MCPWelcome>()
    self.greeting = greeting
    loop.task {
      let result: Result<MCPWelcome, any Error>
      do {
        result = .success(try await self.greet())
      } catch {
        self.log.warning("a tool server can't be used", ["server": self.name, "error": "\(error)"])
        result = .failure(error)
      }
      self.greeting = nil
      greeting.resolve(result)
    }
    return try await greeting.value()
  }

  private func greet() async throws -> MCPWelcome {
    let (welcome, id) = try await findEra()
    guard !isClosed else { throw MCPError(.closed) }
    ids += 1
    let session = Session(welcome: welcome, id: id, number: ids)
    self.session = session
    changes.increase()
    log.info("a tool server is there", ["server": name, "version": welcome.version])
    if welcome.tellsChanges { listen(session) }
    return welcome
  }

  /// Asks in the modern era's terms, and greets as in the legacy era where that is not understood.
  private func findEra() async throws -> (MCPWelcome, id: String?) {
    do {
      let question = MCPRequest(method: "server/discover", milliseconds: limits.startMilliseconds)
      return (try MCPWelcome(discovered: try await exchange(question, nil, isModern: true).result), nil)
    } catch let error as MCPError {
      // A status of HTTP says as much as an error of its own; one that is silent will be silent again.
      let isRefused = error.code == .unavailable && error.number != nil
      guard try isRefused || error.code != .timedOut && MCPWelcome.fallsBack(after: error) else { throw error }
    }
    let greeting = MCPRequest(
      method: "initialize", parameters: MCPVersion.handshake, milliseconds: limits.startMilliseconds)
    let (result, head) = try await exchange(greeting, nil, isModern: false)
    let welcome = try MCPWelcome(initialized: result)
    let id = head["mcp-session-id"]
    let session = Session(welcome: welcome, id: id, number: 0)
    try await post(MCPMessage.notification("notifications/initialized"), session)
    return (welcome, id)
  }

  // MARK: Asking

  func ask(_ request: MCPRequest) async throws -> JSONObject {
    guard let session else { throw MCPError(.ended) }
    do {
      return try await exchange(request, session, isModern: session.welcome.isModern).result
    } catch let error as MCPError where error.code == .ended && error.number == 404 {
      // It does not know the session any more: a new one is made, once.
      forget(session)
      _ = try await welcome()
      guard let session = self.session else { throw MCPError(.ended) }
      return try await exchange(request, session, isModern: session.welcome.isModern).result
    }
  }

  /// The session is of no use any more.
  func forget(_ session: Session) {
    guard self.session?.number == session.number else { return }
    self.session = nil
    isListening = false
    listener?.cancel()
    changes.increase()
  }

  /// Sends a request, and waits for its answer.
  private func exchange(
    _ request: MCPRequest, _ session: Session?, isModern: Bool
  ) async throws -> (result: JSONObject, head: HTTPClientHead) {
    ids += 1
    let id = ids
    var sent = HTTPClientRequest("POST", endpoint.url)
    sent.body = MCPMessage.request(id, request.method, request.parameters, isModern: isModern)
    sent.setField("Content-Type", "application/json")
    sent.setField("Accept", "application/json, text/event-stream")
    if isModern {
      sent.setField("Mcp-Method", request.method)
      for field in request.fields { sent.setField(field.name, field.value) }
    }
    try dress(&sent, session, isModern: isModern)
    sent.totalMilliseconds = request.milliseconds
    sent.mayRepeat = request.method != "tools/call"
    sent.mostBytes = 4 * limits.messageBytes
    do {
      var answer = try await receive(sent, id, session)
      while let place = answer.place { answer = try await resume(place, id, session, request.milliseconds) }
      guard let result = answer.result else { throw MCPError(.ended, "its answer broke off") }
      return (try result.get(), answer.head)
    } catch {
      let error = (error as? HTTPClientError).map { MCPError($0) } ?? error
      let isGivenUp = error is CancellationError || (error as? MCPError)?.code == .timedOut
      // In the modern era a closed stream says the same.
      if isGivenUp, let session, !isModern {
        loop.task { try? await self.post(MCPMessage.cancellation(of: id), session) }
      }
      throw error
    }
  }

  /// Sends what has no answer.
  func post(_ message: [UInt8], _ session: Session) async throws {
    var request = HTTPClientRequest("POST", endpoint.url, body: message)
    request.setField("Content-Type", "application/json")
    request.setField("Accept", "application/json, text/event-stream")
    try dress(&request, session)
    request.totalMilliseconds = limits.listMilliseconds
    do {
      let status = try await clients.here.send(request) { $0.head.status }
      guard (200..<300).contains(status) else { throw MCPError(.unavailable, "it answers with HTTP \(status)") }
    } catch let error as HTTPClientError {
      throw MCPError(error)
    }
  }

  /// Adds what each request has: who asks, in which version and session.
  func dress(_ request: inout HTTPClientRequest, _ session: Session?, isModern: Bool = false) throws(MCPError) {
    request.connectMilliseconds = endpoint.connectMilliseconds
    if let version = isModern ? MCPVersion.modern : session?.welcome.version {
      request.setField("MCP-Protocol-Version", version)
    }
    if let id = session?.id { request.setField("MCP-Session-Id", id) }
    for field in try endpoint.fields() { request.setField(field.name, field.value) }
  }
}
