import Conversation
import Reactor
import Synchronization

@testable import Agents

/// Keeps what an agent makes and notes, by the real time.
final class TimedAnswer: Answer {
  private struct State {
    var text = ""
    var calls: [ToolCall] = []
    var citations: [Citation] = []
    var usage: Usage?
    var asked: [ToolCall] = []
  }

  private let verdict: ToolVerdict
  private let state = Mutex(State())

  /// - Parameter verdict: what a person says who is asked.
  init(_ verdict: ToolVerdict = .approved) { self.verdict = verdict }

  var text: String { state.withLock { $0.text } }
  /// As they were told, one after the other.
  var calls: [ToolCall] { state.withLock { $0.calls } }
  var citations: [Citation] { state.withLock { $0.citations } }
  var usage: Usage? { state.withLock { $0.usage } }
  var asked: [ToolCall] { state.withLock { $0.asked } }

  func write(_ text: String) async throws {
    try Task.checkCancellation()
    state.withLock { $0.text += text }
  }
  func cite(_ citation: Citation) async { state.withLock { $0.citations.append(citation) } }
  func report(_ usage: Usage?) async { state.withLock { $0.usage = usage } }
  func note(_ call: ToolCall) async { state.withLock { $0.calls.append(call) } }
  func ask(_ call: ToolCall, within milliseconds: UInt64) async throws -> ToolVerdict {
    state.withLock { $0.asked.append(call) }
    return verdict
  }
  func pause(until instant: UInt64) async throws {
    let rest = instant - min(instant, now)
    try await Task.sleep(for: .milliseconds(Int64(rest)))
  }
  var now: UInt64 { EventLoop.monotonicMilliseconds() }
}
