import Conversation
import JSONWire
import Reactor

/// An agent for tests and benchmarks that does what it is told: `/script {"chunks":N,"bytes":B,"interval_ms":T}` streams
/// N chunks of B bytes, one each T milliseconds; with `"text":S` that text, cut into N chunks between Unicode scalars.
/// With `"clock":true` each chunk begins with the monotonic clock, as 16 digits of microseconds and a space, at the moment
/// when it is written. Anything else gets a fixed sentence in five chunks. With `"continues":false` it does not go on with
/// an answer that was begun elsewhere. With `"tool":{"approve":true,"arguments":{}}` it first has a tool called that does
/// nothing, once somebody has agreed to it where that is asked for.
package struct ScriptAgent: Agent {
  package init() {}

  package var continues: Bool { true }

  package func answer(_ request: AgentRequest, into answer: any Answer) async throws {
    let script = try Script(request.question)
    // What was written came behind the call.
    if let tool = script.tool, request.begun.isEmpty { try await call(tool, answer) }
    let start = answer.now
    for (index, chunk) in try script.chunks(after: request.begun).enumerated() {
      if script.interval > 0, index > 0 { try await answer.pause(until: start + script.interval * UInt64(index)) }
      try await answer.write(script.hasClock ? Script.stamp(EventLoop.monotonicNanoseconds() / 1000) + chunk : chunk)
    }
  }

  private func call(_ tool: JSONValue, _ answer: any Answer) async throws {
    var call = ToolCall(id: "call-1", name: "script", title: "Follows the script", status: .running)
    call.arguments = tool["arguments"]
    if tool["approve"]?.bool == true {
      guard try await answer.ask(call, within: 600_000) == .approved else { return }
    } else {
      await answer.note(call)
    }
    (call.status, call.durationMilliseconds) = (.done, 0)
    await answer.note(call)
  }
}

/// The chunks that a message asks for.
struct Script {
  let chunks: [String]
  /// In milliseconds; 0: as fast as it can.
  let interval: UInt64
  /// Whether each chunk is to begin with the time.
  let hasClock: Bool
  /// Whether it goes on with what is there already.
  private var continues = true
  /// What a call of a tool is like that goes before; nil: there is none.
  private(set) var tool: JSONValue?

  static let sentence = "This answer was made by a script."
  static let mostBytes: Int64 = 16 * 1024 * 1024

  init(_ message: String) throws(AgentError) {
    guard message.hasPrefix("/script") else {
      (chunks, interval, hasClock) = (Self.cut(Self.sentence, into: 5), 0, false)
      return
    }
    guard let order = try? JSONValue(parsing: String(message.dropFirst("/script".count))), order.object != nil else {
      throw AgentError("The script is no JSON object.")
    }
    func number(_ key: String, _ fallback: Int64, _ bounds: ClosedRange<Int64>) throws(AgentError) -> Int64 {
      guard let value = order[key] else { return fallback }
      guard let number = value.int, bounds.contains(number) else { throw AgentError("The script's \(key) is wrong.") }
      return number
    }
    let count = try number("chunks", 1, 1...1_000_000)
    let bytes = try number("bytes", 16, 1...1_000_000)
    interval = UInt64(try number("interval_ms", 0, 0...3_600_000))
    hasClock = order["clock"]?.bool == true
    continues = order["continues"]?.bool != false
    tool = order["tool"]
    if hasClock {
      guard bytes >= Int64(Self.stampBytes), count * bytes <= Self.mostBytes else {
        throw AgentError("The script's chunks have no room for the clock, or too much.")
      }
      let rest = String(repeating: "x", count: Int(bytes) - Self.stampBytes)
      chunks = Array(repeating: rest, count: Int(count))
    } else if let text = order["text"] {
      guard let text = text.string else { throw AgentError("The script's text is wrong.") }
      chunks = Self.cut(text, into: Int(count))
    } else {
      guard count * bytes <= Self.mostBytes else { throw AgentError("The script is too long.") }
      chunks = (0..<Int(count)).map { Self.chunk($0, bytes: Int(bytes)) }
    }
  }

  /// What is left to be written of the chunks.
  /// - Throws: `CannotContinue` where they do not begin with what is there.
  func chunks(after begun: String) throws(CannotContinue) -> [String] {
    if begun.isEmpty { return chunks }
    guard continues else { throw CannotContinue() }
    var there = begun.utf8[...]
    for (index, chunk) in chunks.enumerated() {
      if there.isEmpty { return Array(chunks[index...]) }
      let stamp = hasClock ? Self.stampBytes : 0
      guard there.count >= stamp + chunk.utf8.count else {
        // A clock that was written can't be written again.
        guard !hasClock, chunk.utf8.starts(with: there) else { throw CannotContinue() }
        let rest = String(decoding: chunk.utf8.dropFirst(there.count), as: UTF8.self)
        return [rest] + chunks[(index + 1)...]
      }
      guard there.dropFirst(stamp).starts(with: chunk.utf8) else { throw CannotContinue() }
      there = there.dropFirst(stamp + chunk.utf8.count)
    }
    guard there.isEmpty else { throw CannotContinue() }
    return []
  }

  private static let stampBytes = 17

  /// - Parameter microseconds: of the monotonic clock.
  static func stamp(_ microseconds: UInt64) -> String {
    String(unsafeUninitializedCapacity: stampBytes) { bytes in
      var rest = microseconds
      for place in (0..<stampBytes - 1).reversed() {
        bytes[place] = UInt8(ascii: "0") + UInt8(rest % 10)
        rest /= 10
      }
      bytes[stampBytes - 1] = UInt8(ascii: " ")
      return stampBytes
    }
  }

  /// Words that tell which chunk they are, so that a lost or repeated one shows.
  private static func chunk(_ index: Int, bytes: Int) -> String {
    let word = "\(index) "
    return String(String(repeating: word, count: bytes / word.utf8.count + 1).prefix(bytes))
  }

  static func cut(_ text: String, into count: Int) -> [String] {
    let scalars = Array(text.unicodeScalars)
    return (0..<count).compactMap { index in
      let range = index * scalars.count / count..<(index + 1) * scalars.count / count
      guard !range.isEmpty else { return nil }
      var part = String.UnicodeScalarView()
      part.append(contentsOf: scalars[range])
      return String(part)
    }
  }
}
