import Conversation
import JSONWire
import Reactor
import Synchronization

@testable import Agents

/// An answer as the store has it, whose server dies after so much of it was stored. Another server goes on with what is
/// there.
final class DyingAnswer: Answer {
  struct State {
    var text = ""
    var steps: [AgentStep] = []
    /// The calls that are told, as they stand, in order.
    var calls: [ToolCall] = []
    /// What a person has said of calls, by their ids.
    var verdicts: [String: ToolVerdict] = [:]
    /// The sources and tokens, which die with their server.
    var citations: [Citation] = []
    var usage: Usage?
    /// So much may still be stored.
    var left = Int.max
    var isDead = false
    /// Whether another server has worked on it before.
    var isTakenOver = false
    /// How much was stored in all.
    var stored = 0
  }

  let state: Mutex<State>
  private let verdict: ToolVerdict

  /// - Parameters:
  ///   - before: what is stored already.
  ///   - most: so much may be stored beside it.
  ///   - verdict: what a person says of calls.
  init(_ before: State = State(), most: Int = .max, verdict: ToolVerdict = .approved) {
    self.verdict = verdict
    var state = before
    state.isTakenOver = before.stored > 0
    (state.left, state.isDead, state.citations, state.usage) = (most, false, [], nil)
    self.state = Mutex(state)
  }

  var now: UInt64 { EventLoop.monotonicMilliseconds() }

  /// Stores something, as long as the server lives.
  private func store(_ change: (inout State) -> Void) throws {
    try state.withLock { state in
      if state.left == 0 { state.isDead = true }
      guard !state.isDead else { throw CancellationError() }
      state.left -= 1
      state.stored += 1
      change(&state)
    }
  }

  func write(_ text: String) async throws { try store { $0.text += text } }

  func keep(_ step: JSONValue) async throws {
    try store { $0.steps.append(AgentStep(offset: $0.text.utf8.count, content: step.bytes)) }
  }

  func note(_ call: ToolCall) async {
    guard state.withLock({ !$0.calls.contains(call) }) else { return }
    do {
      try store { state in
        if let place = state.calls.firstIndex(where: { $0.id == call.id }) {
          state.calls[place] = call
        } else {
          state.calls.append(call)
        }
      }
    } catch {
      // Whoever works on an answer that is over is cancelled.
      withUnsafeCurrentTask { $0?.cancel() }
    }
  }

  func standing(of call: String) async throws -> CallStanding? {
    state.withLock { state in
      guard state.isTakenOver, let known = state.calls.first(where: { $0.id == call }) else { return nil }
      return CallStanding(status: known.status, verdict: state.verdicts[call])
    }
  }

  /// A person decides at once.
  func ask(_ call: ToolCall, within milliseconds: UInt64) async throws -> ToolVerdict {
    if let known = state.withLock({ $0.verdicts[call.id] }) { return known }
    var call = call
    call.status = .waiting
    if state.withLock({ $0.calls.first { $0.id == call.id }?.status }) != .waiting { await note(call) }
    try Task.checkCancellation()
    try store { state in
      guard let place = state.calls.firstIndex(where: { $0.id == call.id }) else { return }
      state.calls[place].status = verdict.status
      state.verdicts[call.id] = verdict
    }
    return verdict
  }

  func cite(_ citation: Citation) async { state.withLock { $0.citations.append(citation) } }
  func report(_ usage: Usage?) async { state.withLock { $0.usage = usage } }
  func pause(until instant: UInt64) async throws {
    let rest = instant - min(instant, now)
    try await Task.sleep(for: .milliseconds(Int64(rest)))
  }
}
