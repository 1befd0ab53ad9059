import Conversation
import Synchronization

@testable import Agents

/// Keeps what an agent makes.
final class RecordedAnswer: Answer {
  private struct State {
    var pieces: [String] = []
    var citations: [Citation] = []
    var pauses = 0
  }

  private let state = Mutex(State())

  var pieces: [String] { state.withLock { $0.pieces } }
  var text: String { pieces.joined() }
  var citations: [Citation] { state.withLock { $0.citations } }
  var pauses: Int { state.withLock { $0.pauses } }

  func write(_ text: String) async throws { state.withLock { $0.pieces.append(text) } }
  func cite(_ citation: Citation) async { state.withLock { $0.citations.append(citation) } }
  func report(_ usage: Usage?) async {}
  func note(_ call: ToolCall) async {}
  func pause(until instant: UInt64) async throws { state.withLock { $0.pauses += 1 } }
  var now: UInt64 { 0 }
}
