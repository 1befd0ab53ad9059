import ChaosKit
import Glibc
import Reactor
import SeededRandom
import Synchronization

/// Stands between clients and nodes, and between nodes and the database: a port for each node and one for the database,
/// and a fate for each connection. It belongs to the loop's thread, but for `lead` and `calm`.
final class FaultProxy: ReadinessTarget, TimerTarget, @unchecked Sendable {
  let loop: EventLoop
  private let listeners: [PortHolder]
  private let nodes: Mutex<[UInt16?]>
  private let database: Backend
  private let isCalmed = Atomic(false)
  private let seed: UInt64
  private var random: SeededGenerator
  /// How many connections of each kind are struck in a second.
  private let rate: Double
  private static let databaseRate = 0.5
  private var strikesDue = 0.0
  private var databaseStrikesDue = 0.0
  private var links: [ProxiedLink] = []
  private var databaseLinks: [ProxiedLink] = []
  let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 64)
  var counts = Counts()

  /// In milliseconds.
  private static let tick: UInt64 = 20

  /// A listener as an element of an array, which it can't be by itself.
  private final class PortHolder {
    let listener: Listener
    init() throws(SystemError) { listener = try Listener(host: "127.0.0.1", port: 0, shared: false) }
  }

  /// - Parameter database: the path of its socket.
  init(loop: EventLoop, nodes: Int, database: String, seed: UInt64, strikesPerSecond: Double) throws {
    self.loop = loop
    self.seed = seed
    random = SeededGenerator(seed: seed)
    rate = strikesPerSecond
    self.database = .path(database)
    listeners = try (0...nodes).map { _ in try PortHolder() }
    self.nodes = Mutex(Array(repeating: nil, count: nodes))
  }

  deinit { input.deallocate() }

  /// Where the clients of a node connect to.
  func port(_ node: Int) -> UInt16 { listeners[node].listener.port }

  /// Where the nodes' connections to the database go to.
  var databasePort: UInt16 { port(listeners.count - 1) }

  /// Tells where a node is; nil: nowhere. From any thread.
  func lead(_ node: Int, to port: UInt16?) { nodes.withLock { $0[node] = port } }

  /// Does no harm from now on. From any thread.
  func calm() { isCalmed.store(true, ordering: .relaxed) }

  private var isCalm: Bool { isCalmed.load(ordering: .relaxed) }

  /// Begins to accept; on the loop's thread.
  func start() throws(SystemError) {
    for (node, holder) in listeners.enumerated() {
      try loop.register(holder.listener.descriptor.raw, for: .readable, target: self, token: UInt64(node))
    }
    loop.schedule(after: Self.tick, target: self)
  }

  func ready(_ token: UInt64, _ readiness: Readiness) {
    // Where descriptors run out the next turn tries again.
    do {
      while let client = try listeners[Int(token)].listener.accept() { accept(client, node: Int(token)) }
    } catch {}
  }

  private func accept(_ client: consuming Descriptor, node: Int) {
    if node == listeners.count - 1 { return acceptForDatabase(client) }
    counts.links += 1
    var generator = SeededGenerator(seed: seed &+ UInt64(counts.links) &* 0x9E37_79B9_7F4A_7C15)
    let plan = isCalm ? LinkPlan() : LinkPlan.random(using: &generator)
    guard let port = nodes.withLock({ $0[node] }), !plan.isRefused else {
      if plan.isRefused { counts.refusals += 1 }
      return reset(client)
    }
    if plan.delay > 0 { counts.delayed += 1 }
    let link = ProxiedLink(client, to: .port(port), plan: plan, random: generator, proxy: self)
    if link.start() { links.append(link) }
  }

  private func acceptForDatabase(_ client: consuming Descriptor) {
    let generator = SeededGenerator(seed: random.next())
    let link = ProxiedLink(client, to: database, plan: LinkPlan(), random: generator, proxy: self)
    if link.start() { databaseLinks.append(link) }
  }

  private func reset(_ client: consuming Descriptor) {
    var reset = linger(l_onoff: 1, l_linger: 0)
    setsockopt(client.raw, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
  }

  func timerFired(_ token: UInt64) {
    loop.schedule(after: Self.tick, target: self)
    links.removeAll(where: \.isOver)
    databaseLinks.removeAll(where: \.isOver)
    if isCalm {
      for link in links + databaseLinks { link.calm() }
      return
    }
    strikesDue += rate * Double(Self.tick) / 1000
    while strikesDue >= 1 {
      strikesDue -= 1
      if let link = links.randomElement(using: &random) { link.strike() }
    }
    databaseStrikesDue += Self.databaseRate * Double(Self.tick) / 1000
    if databaseStrikesDue >= 1 {
      databaseStrikesDue -= 1
      if let link = databaseLinks.randomElement(using: &random) { link.strikeDatabase() }
    }
  }
}
