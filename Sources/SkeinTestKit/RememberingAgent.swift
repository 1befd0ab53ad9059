package import Agents
import Conversation

/// An agent that answers from the conversation it is given and from nothing else: it knows a name if, and only if,
/// somebody has said in this conversation "My name is ...".
package struct RememberingAgent: Agent {
  package init() {}

  package func answer(_ request: AgentRequest, into answer: any Answer) async throws {
    let said = try await request.history(limit: 200).filter { $0.role == .user }.map(\.text) + [request.question]
    let names = said.compactMap { text in
      text.hasPrefix("My name is ") ? text.dropFirst("My name is ".count).prefix { $0 != "." } : nil
    }
    if request.question == "What is my name?" {
      try await answer.write(names.last.map { "Your name is \($0)." } ?? "You have not told me your name.")
    } else {
      try await answer.write("I see.")
    }
  }
}
