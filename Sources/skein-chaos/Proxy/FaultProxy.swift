import ChaosKit
import Glibc
import Reactor
import SeededRandom
import Synchronization

/// Stands between clients and nodes: a port for each node, and a fate for each connection. It belongs to the loop's
/// thread, but for `lead` and `calm`.
final class FaultProxy: ReadinessTarget, TimerTarget, @unchecked Sendable {
  let loop: EventLoop
  private let listeners: [PortHolder]
  private let backends: Mutex<[UInt16?]>
  private let isCalmed = Atomic(false)
  private let seed: UInt64
  private var random: SeededGenerator
  /// How many connections are struck in a second.
  private let rate: Double
  private var strikesDue = 0.0
  private var links: [ProxiedLink] = []
  let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 64)
  var counts = Counts()

  /// In milliseconds.
  private static let tick: UInt64 = 20

  /// A listener as an element of an array, which it can't be by itself.
  private final class PortHolder {
    let listener: Listener
    init() throws(SystemError) { listener = try Listener(host: "127.0.0.1", port: 0, shared: false) }
  }

  init(loop: EventLoop, nodes: Int, seed: UInt64, strikesPerSecond: Double) throws {
    self.loop = loop
    self.seed = seed
    random = SeededGenerator(seed: seed)
    rate = strikesPerSecond
    listeners = try (0..<nodes).map { _ in try PortHolder() }
    backends = Mutex(Array(repeating: nil, count: nodes))
  }

  deinit { input.deallocate() }

  /// Where the clients of a node connect to.
  func port(_ node: Int) -> UInt16 { listeners[node].listener.port }

  /// Tells where a node is; nil: nowhere. From any thread.
  func lead(_ node: Int, to port: UInt16?) { backends.withLock { $0[node] = port } }

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
    counts.links += 1
    var generator = SeededGenerator(seed: seed &+ UInt64(counts.links) &* 0x9E37_79B9_7F4A_7C15)
    let plan = isCalm ? LinkPlan() : LinkPlan.random(using: &generator)
    guard let port = backends.withLock({ $0[node] }), !plan.isRefused else {
      if plan.isRefused { counts.refusals += 1 }
      return reset(client)
    }
    if plan.delay > 0 { counts.delayed += 1 }
    let link = ProxiedLink(client, to: port, plan: plan, random: generator, proxy: self)
    if link.start() { links.append(link) }
  }

  private func reset(_ client: consuming Descriptor) {
    var reset = linger(l_onoff: 1, l_linger: 0)
    setsockopt(client.raw, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
  }

  func timerFired(_ token: UInt64) {
    loop.schedule(after: Self.tick, target: self)
    links.removeAll(where: \.isOver)
    if isCalm {
      for link in links { link.calm() }
      return
    }
    strikesDue += rate * Double(Self.tick) / 1000
    while strikesDue >= 1 {
      strikesDue -= 1
      if let link = links.randomElement(using: &random) { link.strike() }
    }
  }
}
