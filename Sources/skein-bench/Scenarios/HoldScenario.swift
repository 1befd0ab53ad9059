import LoadKit

/// Clients that are open and do nothing, so that the server's memory can be read.
final class HoldScenario: LoadScenario {
  private let connections: Int
  private let process: Int32
  private let identities: [ChatIdentity]
  private var readAt: UInt64?
  private(set) var memory = 0

  /// - Parameter identities: of the sessions that are bound; none for a server that only echoes.
  init(connections: Int, process: Int32, identities: [ChatIdentity] = []) {
    self.connections = connections
    self.process = process
    self.identities = identities
  }

  func begin(_ engine: LoadEngine) { engine.open(connections, window: 256) }

  func opened(_ client: LoadClient, _ engine: LoadEngine) {
    if identities.isEmpty { return engine.noteReady(client) }
    engine.send(ChatFrames.hello(identities[client.index], agent: ChatLoad.agent), to: client)
  }

  // What the last clients needed is given back by then.
  func allReady(_ engine: LoadEngine) { readAt = engine.now + 1_500_000_000 }

  func tick(_ engine: LoadEngine) {
    guard let readAt, engine.now >= readAt else { return }
    memory = ProcessUsage.residentMemory(of: process) ?? 0
    engine.finish()
  }

  func received(_ payload: UnsafeRawBufferPointer, _ client: LoadClient, _ engine: LoadEngine) {
    switch ServerFrameKind(payload) {
    case .welcome: engine.noteReady(client)
    case .error, nil: engine.fail("the server answers: \(String(decoding: payload, as: UTF8.self))")
    default: break
    }
  }
}
