import Agents
import Conversation
import JSONWire
import Reactor

/// What an agent sees of the answer it makes.
struct ShardAnswer: Answer {
  let shard: Shard
  let answer: MessageID
  let attempt: UInt64
  let loop: EventLoop

  func write(_ text: String) async throws { try await shard.write(text, to: answer, attempt) }

  func cite(_ citation: Citation) async {
    await shard.cite(citation, in: answer, attempt)
  }

  func report(_ usage: Usage?) async {
    await shard.report(usage, of: answer, attempt)
  }

  func note(_ call: ToolCall) async { await shard.note(call, to: answer, attempt) }

  func keep(_ step: JSONValue) async throws { try await shard.keep(step.bytes, for: answer, attempt) }

  func think(_ text: String, isCut: Bool) async { await shard.think(text, isCut: isCut, in: answer, attempt) }

  func standing(of call: String) async throws -> CallStanding? {
    try await shard.standing(of: call, in: answer, attempt)
  }

  func ask(_ call: ToolCall, within milliseconds: UInt64) async throws -> ToolVerdict {
    try await shard.ask(call, within: milliseconds, for: answer, attempt)
  }

  func showLife() async { await shard.showLife(of: answer, attempt) }

  func pause(until instant: UInt64) async throws {
    let present = now
    if instant > present { await shard.sleep(milliseconds: instant - present) }
    try Task.checkCancellation()
  }

  var now: UInt64 { EventLoop.monotonicMilliseconds() }
}

extension Shard {
  /// Waits on this loop's timers.
  func sleep(milliseconds: UInt64) async { await loop.sleep(milliseconds: milliseconds) }
}
