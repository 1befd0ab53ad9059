import ChaosKit
import Glibc
import LoadKit
import Reactor
import SeededRandom
import SkeinTestKit
import Synchronization
import WebSocketWire

/// All clients, and the proxy that they come through, on one loop.
///
/// It belongs to the loop's thread, but for `start`, `stop`, `enter`, `open`, `expect` and `status`.
final class Crowd: TimerTarget, @unchecked Sendable {
  enum Phase {
    /// Clients do what they like.
    case active
    /// They only see to it that everything is accepted.
    case settling
    /// They load everything.
    case finishing
  }

  /// How far the clients are.
  struct Status {
    var settled = 0
    var caughtUp = 0
    var loaded = 0
    var acknowledged = 0
    var cuts = 0
    var differences = 0
  }

  private struct Shared {
    var phase = Phase.active
    /// Nil until clients may come.
    var startedAt: UInt64?
    /// The versions that the database has at the end, by session.
    var expected: [String: Int64] = [:]
    var status = Status()
  }

  let loop: EventLoop
  let proxy: FaultProxy
  let nodes: Int
  /// Whether the nodes show text before it is committed.
  let toleratesLoss: Bool
  /// The mean time between two actions of a client, in milliseconds.
  let pace: UInt64
  let handshake = WebSocketClientHandshake(subprotocols: ["skein.v1"])
  private(set) var peers: [Peer] = []
  var counts: Counts {
    get { proxy.counts }
    set { proxy.counts = newValue }
  }
  private(set) var phase = Phase.active
  /// Since the beginning, in milliseconds.
  var now: UInt64 { max(loop.now, startedAt) - startedAt }
  private var startedAt: UInt64 = 0
  private let shared = Mutex(Shared())
  private var rounds = 0
  /// The clients whose differences were told as they were found; to be read once the loop has ended.
  private(set) var told: Set<String> = []

  /// In milliseconds.
  private static let tick: UInt64 = 10
  /// So many differences are told with what led to them, as they are found.
  private static let mostTold = 3

  /// - Parameters:
  ///   - database: the path of its socket.
  ///   - toleratesLoss: whether the nodes show text before it is committed.
  init(clients: Int, nodes: Int, database: String, seed: UInt64, toleratesLoss: Bool) throws {
    self.nodes = nodes
    self.toleratesLoss = toleratesLoss
    pace = UInt64(max(1_000, clients * 8))
    let loop = try EventLoop()
    self.loop = loop
    var generator = SeededGenerator(seed: seed)
    // Each connection is struck after about twelve seconds.
    proxy = try FaultProxy(
      loop: loop, nodes: nodes, database: database, seed: generator.next(), strikesPerSecond: Double(clients) / 12)
    var session = 0
    while peers.count < clients {
      let tabs = [1, 1, 1, 2, 3].randomElement(using: &generator) ?? 1
      let identity = ChatIdentity(run: seed, index: session)
      for _ in 0..<min(tabs, clients - peers.count) {
        peers.append(Peer(peers.count, identity: identity, seed: generator.next(), crowd: self))
      }
      session += 1
    }
  }

  var sessions: Int { Set(peers.map(\.identity.session)).count }

  /// Starts the loop's thread, with the proxy alone.
  func start() {
    loop.schedule(after: 0, target: self, token: 1)
    loop.start()
  }

  /// Lets the clients come.
  func open() { shared.withLock { $0.startedAt = EventLoop.monotonicMilliseconds() } }

  /// Ends the loop's thread, and waits for it.
  func stop() {
    loop.stop()
    loop.join()
  }

  func enter(_ phase: Phase) { shared.withLock { $0.phase = phase } }

  /// - Parameter versions: of the sessions, at the end.
  func expect(_ versions: [String: Int64]) { shared.withLock { $0.expected = versions } }

  var status: Status { shared.withLock { $0.status } }

  func timerFired(_ token: UInt64) {
    if token == 1 {
      do { try proxy.start() } catch { fatalError("the proxy can't listen: \(error)") }
    }
    loop.schedule(after: Self.tick, target: self)
    guard let startedAt = shared.withLock({ $0.startedAt }) else { return }
    self.startedAt = startedAt
    phase = shared.withLock { $0.phase }
    for peer in peers { peer.tick() }
    rounds += 1
    if rounds % 10 == 0 { report() }
  }

  private func report() {
    let expected = shared.withLock { $0.expected }
    var status = Status()
    for peer in peers {
      if peer.isSettled { status.settled += 1 }
      if let version = expected[peer.identity.session], peer.hasCaughtUp(to: version) {
        status.caughtUp += 1
        if peer.transcript.before == nil { status.loaded += 1 }
      }
      status.differences += peer.differences.count
    }
    status.acknowledged = counts.acknowledged
    status.cuts = counts.cuts
    shared.withLock { $0.status = status }
  }

  /// Tells a difference as it is found, with what the client has seen.
  /// - Parameter frame: the one that tells it, whole.
  func tell(_ peer: Peer, _ sentence: String, _ frame: String) {
    guard told.count < Self.mostTold, told.insert(peer.witness.name).inserted else { return }
    let lines = (peer.trace.text + [frame]).map { "    \($0)" }.joined(separator: "\n")
    Console.say("\(now.asSeconds) difference: \(peer.identity.session), \(peer.witness.name): \(sentence)\n\(lines)")
  }
}
