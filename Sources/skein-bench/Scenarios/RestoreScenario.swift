import Glibc
import LoadKit

/// All clients come back at once: a new connection, the handshake, `hello`, and `welcome` with what they lack.
final class RestoreScenario: LoadScenario {
  private let identities: [ChatIdentity]
  private let connectionsAtOnce: Int
  /// The version that each client says it has; -1 asks for a fresh page.
  private(set) var versions: [Int64]
  private let resumes: Bool
  private let process: Int32?
  private var startedAt: UInt64 = 0
  private var before = ProcessUsage()
  private var ownBefore = ProcessUsage()
  private(set) var result = WindowResult()
  private(set) var latency = LatencyHistogram()
  private(set) var bytes = 0

  /// - Parameters:
  ///   - versions: where the clients stand; nil for fresh pages.
  init(identities: [ChatIdentity], versions: [Int64]?, atOnce: Int, process: Int32?) {
    self.identities = identities
    self.versions = versions ?? Array(repeating: -1, count: identities.count)
    resumes = versions != nil
    connectionsAtOnce = atOnce
    self.process = process
  }

  func begin(_ engine: LoadEngine) {
    before = process.flatMap { ProcessUsage(of: $0) } ?? before
    ownBefore = ProcessUsage(of: getpid()) ?? ownBefore
    startedAt = engine.now
    engine.open(identities.count, window: connectionsAtOnce)
  }

  func opened(_ client: LoadClient, _ engine: LoadEngine) {
    let version = resumes ? versions[client.index] : nil
    engine.send(ChatFrames.hello(identities[client.index], agent: ChatLoad.agent, version: version), to: client)
  }

  func allReady(_ engine: LoadEngine) {
    result.seconds = Double(engine.now - startedAt) / 1e9
    result.usage = process.flatMap { ProcessUsage(of: $0) }?.since(before)
    result.own = ProcessUsage(of: getpid())?.since(ownBefore)
    engine.finish()
  }

  func received(_ payload: UnsafeRawBufferPointer, _ client: LoadClient, _ engine: LoadEngine) {
    guard ServerFrameKind(payload) == .welcome, let version = ServerFrameFields.integer("version", in: payload) else {
      return ChatLoad.fail(engine, payload)
    }
    guard !resumes || version == versions[client.index] else { return engine.fail("a session has changed meanwhile") }
    versions[client.index] = version
    bytes += payload.count
    latency.record(engine.now - client.startedAt)
    engine.noteReady(client)
  }
}
