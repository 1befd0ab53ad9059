import ChaosKit
import Glibc
import Reactor
import SeededRandom

/// One connection through the proxy: bytes of both directions, until its plan, a strike or one of its ends ends it.
final class ProxiedLink: ReadinessTarget, TimerTarget, @unchecked Sendable {
  enum Side: Int {
    case client, node

    var other: Side { self == .client ? .node : .client }
    /// The direction of what it sends.
    var direction: LinkPlan.Direction { self == .client ? .up : .down }
  }

  /// What goes from one side to the other.
  private struct Flow {
    /// Held until its time, in order; a cut takes its turn like bytes.
    var held: [(due: UInt64, bytes: [UInt8], cut: LinkPlan.Ending?)] = []
    /// What the other side's socket has not taken.
    var unsent: [UInt8] = []
    var passed = 0
    var isEnded = false

    var isEmpty: Bool { held.isEmpty && unsent.isEmpty }
  }

  private enum Token: UInt64 {
    case release, forget, resume
  }

  private unowned let proxy: FaultProxy
  private let backend: Backend
  private let isDatabase: Bool
  private var plan: LinkPlan
  private var random: SeededGenerator
  private var client: Descriptor?
  private var node: Descriptor?
  /// Their numbers, the client's first.
  private var descriptors: [Int32]
  private var flows = [Flow(), Flow()]
  private var interests: [Readiness?] = [nil, nil]
  private var isConnected = false
  private var isStalled = false
  private var isSwallowing = false
  private(set) var isOver = false

  private static let mostUnsent = 256 * 1024

  init(
    _ client: consuming Descriptor, to backend: Backend, plan: LinkPlan, random: SeededGenerator, proxy: FaultProxy
  ) {
    descriptors = [client.raw, -1]
    self.client = consume client
    self.backend = backend
    isDatabase = if case .path = backend { true } else { false }
    self.plan = plan
    self.random = random
    self.proxy = proxy
  }

  private func descriptor(_ side: Side) -> Int32 { descriptors[side.rawValue] }

  // MARK: Life

  /// Connects to the node. False where that can't even be begun.
  func start() -> Bool {
    let made: Descriptor
    do { made = try Descriptor("socket", Loopback.socket(for: backend)) } catch { return false }
    Loopback.sendAtOnce(descriptor(.client))
    guard Loopback.connect(made.raw, to: backend) else { return false }
    descriptors[Side.node.rawValue] = made.raw
    node = consume made
    return register(.node, for: .writable)
  }

  private func register(_ side: Side, for interest: Readiness) -> Bool {
    interests[side.rawValue] = interest
    do {
      try proxy.loop.register(descriptor(side), for: interest, target: self, token: UInt64(side.rawValue))
      return true
    } catch {
      return false
    }
  }

  private func connected() -> Bool {
    guard Loopback.isConnected(descriptor(.node)) else { return false }
    isConnected = true
    watch(.node)
    return register(.client, for: .readable)
  }

  private func end(_ ending: LinkPlan.Ending) {
    guard !isOver else { return }
    isOver = true
    for side in [Side.client, .node] {
      let fd = descriptor(side)
      guard fd >= 0 else { continue }
      proxy.loop.deregister(fd)
      guard ending == .reset else { continue }
      var reset = linger(l_onoff: 1, l_linger: 0)
      setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
    }
    client = nil
    node = nil
    descriptors = [-1, -1]
  }

  // MARK: Faults

  private func cut(_ ending: LinkPlan.Ending) {
    guard !isOver, !isSwallowing else { return }
    plan.cut = nil
    note(ending)
    if ending == .swallow {
      isSwallowing = true
      flows = [Flow(), Flow()]
      for side in [Side.client, .node] { watch(side) }
      // The node does not hear of it for a while.
      let wait = UInt64.random(in: 2_000...20_000, using: &random)
      proxy.loop.schedule(after: wait, target: self, token: Token.forget.rawValue)
    } else {
      end(ending)
    }
  }

  private func note(_ ending: LinkPlan.Ending) {
    guard !isDatabase else { return proxy.counts.databaseCuts += 1 }
    switch ending {
    case .reset: proxy.counts.resets += 1
    case .finish: proxy.counts.finishes += 1
    case .swallow: proxy.counts.swallowed += 1
    }
  }

  /// The connection of a node to the database ends within the next answer: whether its changes were committed the node
  /// can't know then.
  func strikeDatabase() {
    guard !isOver, !isSwallowing, isConnected else { return }
    let ending: LinkPlan.Ending =
      switch Int.random(in: 0..<100, using: &random) {
      case ..<70: .reset
      case ..<95: .finish
      default: .swallow
      }
    let bytes = Int.random(in: 0..<200, using: &random)
    plan.cut = LinkPlan.Cut(
      direction: .down, bytes: flows[LinkPlan.Direction.down.rawValue].passed + bytes, ending: ending)
  }

  /// Something happens to the connection: now, or within the next bytes.
  func strike() {
    guard !isOver, !isSwallowing, isConnected else { return }
    switch Int.random(in: 0..<100, using: &random) {
    case ..<15: cut(.reset)
    case ..<25: cut(.finish)
    case ..<32: cut(.swallow)
    case ..<45:
      guard !isStalled else { return }
      proxy.counts.stalls += 1
      isStalled = true
      for side in [Side.client, .node] { watch(side) }
      let wait = UInt64.random(in: 100...4_000, using: &random)
      proxy.loop.schedule(after: wait, target: self, token: Token.resume.rawValue)
    default:
      var next = LinkPlan.Cut.random(scale: 11, using: &random)
      next.bytes += flows[next.direction.rawValue].passed
      plan.cut = next
    }
  }

  /// Nothing is done to the connection any more; what was done to it for good ends.
  func calm() {
    if isSwallowing { return end(.reset) }
    plan.cut = nil
    plan.piece = .max
    // A cut that waits for its turn has taken bytes away already.
  }

  func timerFired(_ token: UInt64) {
    guard !isOver else { return }
    switch Token(rawValue: token) {
    case .release: for side in [Side.client, .node] { release(from: side) }
    case .forget: end(.reset)
    case .resume, nil:
      isStalled = false
      for side in [Side.client, .node] { watch(side) }
    }
  }

  // MARK: Bytes

  func ready(_ token: UInt64, _ readiness: Readiness) {
    guard !isOver, let side = Side(rawValue: Int(token)) else { return }
    if side == .node, !isConnected {
      if !connected() { end(.reset) }
      return
    }
    if readiness.isForWriting { flush(to: side) }
    guard !isOver, readiness.isForReading else { return }
    // What is not read from would tell of its end for ever.
    if interests[side.rawValue]?.contains(.readable) != true { return end(.reset) }
    take(from: side)
  }

  private func take(from side: Side) {
    let count = recv(descriptor(side), proxy.input.baseAddress, min(proxy.input.count, plan.piece), 0)
    guard count > 0 else {
      if count < 0, errno == EAGAIN || errno == EINTR { return }
      return count == 0 ? ended(side) : end(.reset)
    }
    if isSwallowing { return }
    var bytes = Array(proxy.input[..<count])
    let place = side.direction.rawValue
    var ending: LinkPlan.Ending?
    if let cut = plan.cut, cut.direction == side.direction, flows[place].passed + count >= cut.bytes {
      bytes.removeLast(count - max(0, cut.bytes - flows[place].passed))
      ending = cut.ending
      plan.cut = nil
    }
    flows[place].passed += bytes.count
    if plan.delay > 0 {
      flows[place].held.append((proxy.loop.now + plan.delay, bytes, ending))
      proxy.loop.schedule(after: plan.delay, target: self, token: Token.release.rawValue)
    } else {
      pass(bytes, from: side)
      if let ending { cut(ending) }
    }
  }

  private func release(from side: Side) {
    while !isOver, let first = flows[side.direction.rawValue].held.first, first.due <= proxy.loop.now {
      flows[side.direction.rawValue].held.removeFirst()
      pass(first.bytes, from: side)
      if let ending = first.cut { cut(ending) }
    }
    endWhereDone(side)
  }

  private func pass(_ bytes: [UInt8], from side: Side) {
    guard !isOver, !bytes.isEmpty, !isSwallowing else { return }
    flows[side.direction.rawValue].unsent += bytes
    flush(to: side.other)
  }

  private func flush(to side: Side) {
    let place = side.other.direction.rawValue
    if !flows[place].unsent.isEmpty {
      let count = flows[place].unsent.withUnsafeBytes {
        send(descriptor(side), $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno != EAGAIN, errno != EINTR { return end(.reset) }
      if count > 0 { flows[place].unsent.removeFirst(count) }
    }
    watch(side)
    watch(side.other)
    endWhereDone(side.other)
  }

  /// A side has said its last.
  private func ended(_ side: Side) {
    proxy.loop.deregister(descriptor(side))
    interests[side.rawValue] = nil
    flows[side.direction.rawValue].isEnded = true
    if isSwallowing {
      // The other one hears nothing of it.
      if flows.allSatisfy(\.isEnded) { end(.finish) }
      return
    }
    // Nobody reads any more what goes to it.
    flows[side.other.direction.rawValue] = Flow()
    endWhereDone(side)
  }

  private func endWhereDone(_ side: Side) {
    let flow = flows[side.direction.rawValue]
    if !isOver, !isSwallowing, flow.isEnded, flow.isEmpty { end(.finish) }
  }

  /// Waits for what a side is needed for.
  private func watch(_ side: Side) {
    guard !isOver, let before = interests[side.rawValue] else { return }
    var interest: Readiness = []
    let flow = flows[side.direction.rawValue]
    if isSwallowing || !isStalled && flow.unsent.count < Self.mostUnsent { interest.insert(.readable) }
    if !isSwallowing, !flows[side.other.direction.rawValue].unsent.isEmpty { interest.insert(.writable) }
    guard interest != before else { return }
    interests[side.rawValue] = interest
    do { try proxy.loop.modify(descriptor(side), for: interest) } catch { end(.reset) }
  }
}
