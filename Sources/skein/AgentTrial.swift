import Accounts
import Agents
import Conversation
import Glibc
import HTTPClient
import Log
import Reactor
import Store
import Synchronization

/// One question to an agent, outside of any session, whose answer is printed as it comes.
enum AgentTrial {
  /// - Parameters:
  ///   - secrets: what is stored behind the marks of its settings.
  ///   - list: the tool servers that agents may have by name.
  ///   - http: how others are reached.
  static func run(
    _ record: AgentRecord, _ secrets: [String: SecretText], _ question: String, with list: ToolServerList,
    http: HTTPClientSettings, on loop: EventLoop, log: Logger
  ) async throws {
    guard !record.isBuiltIn else { throw UsageError(message: AgentBookError.builtIn(record.slug).description) }
    let clients = HTTPClients([loop], settings: http)
    let servers = ToolServers(list, processes: list.servers.count, loops: [loop], clients: clients, log: log)
    var resources = AgentResources(clients: clients)
    resources.servers = servers
    let agent: any Agent
    do throws(ConfigurationError) {
      agent = try AgentKind.make(record.kind, record.settings, secrets: secrets, using: resources)
    } catch {
      throw UsageError(message: error.description)
    }
    guard let session = SessionID("session_trial_of_an_agent") else { return }
    let answer = TrialAnswer(loop: loop)
    let request = AgentRequest(session: session, question: question, context: []) { _ in [] }
    var failure: String?
    do {
      try await agent.answer(request, into: answer)
    } catch let error as AgentError {
      failure = error.detail.isEmpty ? error.message : "\(error.message) (\(error.detail))"
    }
    await servers.close()
    await clients.close()
    print(answer.summary)
    if let failure { throw UsageError(message: failure) }
  }
}

/// Prints an answer as it is made, and counts.
private final class TrialAnswer: Answer {
  private struct State {
    var firstByte: UInt64?
    var pieces = 0
    var bytes = 0
    var longestSilence: UInt64 = 0
    var wroteAt: UInt64
    var thinks = false
    var usage: Usage?
    var citations: [Citation] = []
    var calls: [ToolCall] = []
  }

  private let loop: EventLoop
  private let begunAt: UInt64
  private let state: Mutex<State>

  init(loop: EventLoop) {
    self.loop = loop
    let now = EventLoop.monotonicMilliseconds()
    begunAt = now
    state = Mutex(State(wroteAt: now))
  }

  func write(_ text: String) async throws {
    state.withLock { state in
      if state.firstByte == nil { state.firstByte = now - begunAt }
      state.longestSilence = max(state.longestSilence, now - state.wroteAt)
      state.wroteAt = now
      state.pieces += 1
      state.bytes += text.utf8.count
    }
    print(text, terminator: "")
    fflush(nil)
  }

  func cite(_ citation: Citation) async { state.withLock { $0.citations.append(citation) } }
  func report(_ usage: Usage?) async { state.withLock { $0.usage = usage } }
  func note(_ call: ToolCall) async {
    state.withLock { state in
      if let place = state.calls.firstIndex(where: { $0.id == call.id }) {
        state.calls[place] = call
      } else {
        state.calls.append(call)
      }
    }
  }

  /// Nobody is there to be asked: such a call is told, and not made.
  func ask(_ call: ToolCall, within milliseconds: UInt64) async throws -> ToolVerdict {
    var call = call
    call.status = .rejected
    await note(call)
    return .rejected
  }

  func showLife() async { state.withLock { $0.thinks = true } }
  func pause(until instant: UInt64) async throws {
    if instant > now { await loop.sleep(milliseconds: instant - now) }
    try Task.checkCancellation()
  }

  var now: UInt64 { EventLoop.monotonicMilliseconds() }

  var summary: String {
    state.withLock { state in
      var lines = [
        "first text:      \(state.firstByte.map { "after \($0) ms" } ?? "none")",
        "whole answer:    \(state.bytes) bytes in \(state.pieces) pieces, after \(now - begunAt) ms",
        "longest silence: \(state.longestSilence) ms",
      ]
      if let usage = state.usage {
        let cached = usage.cachedTokens > 0 ? " (\(usage.cachedTokens) cached)" : ""
        lines.append(
          "tokens:          \(usage.inputTokens) in\(cached), \(usage.outputTokens) out\(usage.isEstimated ? ", estimated" : "")"
        )
        if let cost = usage.cost { lines.append("cost:            \(cost.amount) \(cost.currency)") }
      }
      lines += state.calls.map { call in
        let duration = call.durationMilliseconds.map { ", \($0) ms" } ?? ""
        let arguments = call.arguments.map { " \($0)" } ?? ""
        return "tool:            \(call.name)\(arguments): \(call.status.rawValue)\(duration)"
      }
      if state.thinks { lines.append("reasoning:       kept apart") }
      lines += state.citations.map { "source:          \($0.title) \($0.url ?? "")" }
      return "\n\n" + lines.joined(separator: "\n")
    }
  }
}
