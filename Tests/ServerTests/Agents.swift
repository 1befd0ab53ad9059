import Agents
import Conversation
import JSONWire
import SkeinTestKit

/// Says nothing until its answer is over.
struct SilentAgent: Agent {
  func answer(_ request: AgentRequest, into answer: any Answer) async throws {
    while true { try await answer.pause(until: answer.now + 20) }
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
