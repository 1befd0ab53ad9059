import Conversation
package import HTTPClient

/// An agent that answers by a model, with the conversation as its context.
package struct ModelAgent: Agent {
  private let configuration: ModelConfiguration
  private let clients: HTTPClients

  package init(_ configuration: ModelConfiguration, clients: HTTPClients) {
    self.configuration = configuration
    self.clients = clients
  }

  package var continues: Bool { configuration.goesOn }

  package func answer(_ request: AgentRequest, into answer: any Answer) async throws {
    let prompt = try await ModelPrompt(
      request, instructions: configuration.system, budget: configuration.service.historyTokens)
    // Of nothing but white space nothing is known.
    guard request.begun.isEmpty || !prompt.prefix.isEmpty else { throw CannotContinue() }
    let (configuration, goesOn) = (configuration, !request.begun.isEmpty)
    var call = ServiceCall(
      clients: clients, retries: configuration.service.retries,
      request: { () throws(ModelFailure) in try configuration.request(for: prompt) },
      reader: { media in
        let decoder: any ModelDecoder =
          switch configuration.format {
          case .chatCompletions: ChatCompletionsDecoder(goesOn: goesOn)
          case .messages: MessagesDecoder()
          }
        return media.hasSuffix("/json") ? WholeReader(decoder) : EventStreamReader(decoder)
      })
    (call.begun, call.tail) = (prompt.begun, prompt.tail)
    try await call.run(into: answer)
  }
}
