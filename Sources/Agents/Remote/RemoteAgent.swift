import Conversation
import Glibc
package import HTTPClient

/// An agent that others wrote: a service that is sent the conversation, and streams the answer.
package struct RemoteAgent: Agent {
  private let configuration: RemoteConfiguration
  private let clients: HTTPClients

  package init(_ configuration: RemoteConfiguration, clients: HTTPClients) {
    self.configuration = configuration
    self.clients = clients
  }

  package func answer(_ request: AgentRequest, into answer: any Answer) async throws {
    let (configuration, session, context) = (configuration, request.session, request.context)
    let prompt = try await ModelPrompt(request, budget: configuration.service.historyTokens)
    let run = "run_\(UInt64.random(in: 0...(.max)))"
    let call = ServiceCall(
      clients: clients, retries: configuration.service.retries, subject: "agent",
      reasoningBytes: configuration.service.reasoningBytes,
      redaction: { configuration.service.redaction([configuration.secret]) },
      request: { () throws(ModelFailure) in
        try configuration.request(for: prompt, in: session, context: context, run: run, now: Int64(time(nil)))
      },
      reader: { _ in
        switch configuration.format {
        case .agui: EventStreamReader(AGUIDecoder())
        case .text: PlainTextReader()
        }
      })
    try await call.run(into: answer)
  }
}
