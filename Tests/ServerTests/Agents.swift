import Agents
import Conversation
import JSONWire
import SkeinTestKit
import Synchronization

/// Says nothing until its answer is over.
struct SilentAgent: Agent {
  func answer(_ request: AgentRequest, into answer: any Answer) async throws {
    while true { try await answer.pause(until: answer.now + 20) }
  }
}

/// Asked to `hold`, it begins an answer of 3,000 bytes, and goes on with it once it is let go, on whichever server; to
/// anything else it says that it is done.
final class HeldAgent: Agent {
  static let text = (0..<300).map { String("\($0) of these".prefix(10)) }.joined()
  /// What is written before it waits, in bytes.
  static let beginning = 120

  let continues = true
  private let isReleased = Atomic(false)

  /// Lets it go, for good.
  func release() { isReleased.store(true, ordering: .relaxed) }

  func answer(_ request: AgentRequest, into answer: any Answer) async throws {
    guard request.question == "hold" else { return try await answer.write(try request.rest(of: "done")) }
    var rest = try request.rest(of: Self.text)[...]
    let begun = Self.text.utf8.count - rest.utf8.count
    if begun < Self.beginning {
      let first = rest.prefix(Self.beginning - begun)
      try await answer.write(String(first))
      rest = rest.dropFirst(first.count)
    }
    while !isReleased.load(ordering: .relaxed) {
      await answer.showLife()
      try await answer.pause(until: answer.now + 5)
    }
    while !rest.isEmpty {
      try await answer.write(String(rest.prefix(10)))
      rest = rest.dropFirst(10)
    }
  }
}

/// Begins, and fails.
struct FailingAgent: Agent {
  func answer(_ request: AgentRequest, into answer: any Answer) async throws {
    try await answer.write("So far")
    throw AgentError("The model is on holiday.")
  }
}

/// Writes a fixed text, one chunk each few milliseconds.
struct RecitingAgent: Agent {
  let chunks: [String]
  let interval: UInt64

  func answer(_ request: AgentRequest, into answer: any Answer) async throws {
    let start = answer.now
    for (index, chunk) in chunks.enumerated() {
      if interval > 0 { try await answer.pause(until: start + interval * UInt64(index)) }
      try await answer.write(chunk)
    }
    await answer.cite(Citation(title: "Where from", url: "/docs/x.md", excerpt: "\"so\""))
    await answer.report(Usage(inputTokens: 3, outputTokens: 4))
  }
}

/// A frame of some members.
func frame(_ type: String, _ members: JSONValue) -> JSONValue {
  var object = JSONObject([("type", .string(type))])
  for member in members.object?.members ?? [] { object[member.key] = member.value }
  return .object(object)
}
