import ChaosKit
import JSONWire
import LoadKit
import Reactor
import SeededRandom
import SkeinTestKit

/// A client of the protocol that keeps everything it was shown, and comes back whatever happens to it. It belongs to the
/// loop's thread.
final class Peer {
  enum Stage {
    /// Without a connection until then.
    case away(until: UInt64)
    /// On its way to a WebSocket, or to a welcome.
    case coming(since: UInt64)
    case bound
  }

  /// A message that was not accepted yet, or an answer that is to be made again.
  struct Outgoing {
    enum Matter {
      case question(Question)
      /// The new answer's id.
      case retry(id: String, of: String)
    }
    let matter: Matter
    var id: String {
      switch matter {
      case .question(let question): question.id
      case .retry(let id, _): id
      }
    }
    var attempts = 0
    /// When it is to be sent again on the same connection, after an `unavailable`.
    var due: UInt64?
  }

  let index: Int
  let identity: ChatIdentity
  unowned let crowd: Crowd
  var random: SeededGenerator
  var stage: Stage
  var link: ClientLink?
  var trace = Trace()
  var witness: Witness
  var transcript: Transcript
  var outbox: [Outgoing] = []
  var differences: [Difference] = []

  /// Its connections since it was last welcomed.
  var failures = 0
  /// When its `hello` is to be said again, after an `unavailable`.
  var helloDue: UInt64?
  /// Whether it comes like a page that was reloaded: with nothing but the session's id.
  var forgets = false
  var heardAt: UInt64 = 0
  var isPinged = false
  var deafUntil: UInt64?
  var nextAction: UInt64
  var isLoading = false

  init(_ index: Int, identity: ChatIdentity, seed: UInt64, crowd: Crowd) {
    self.index = index
    self.identity = identity
    self.crowd = crowd
    var random = SeededGenerator(seed: seed)
    witness = Witness("client \(index)", toleratesLoss: crowd.toleratesLoss)
    transcript = Transcript(toleratesLoss: crowd.toleratesLoss)
    nextAction = UInt64.random(in: 0...crowd.pace, using: &random)
    stage = .away(until: UInt64.random(in: 0...500, using: &random))
    self.random = random
  }

  var now: UInt64 { crowd.now }

  /// Whether it is welcome, and has nothing that waits to be accepted.
  var isSettled: Bool {
    guard case .bound = stage else { return false }
    return outbox.isEmpty && deafUntil == nil
  }

  /// Whether it has every byte of what it knows of, up to that version.
  func hasCaughtUp(to version: Int64) -> Bool {
    guard case .bound = stage, transcript.version == version else { return false }
    return transcript.messages.allSatisfy { $0.status != "streaming" && $0.content.count == $0.length }
  }

  /// - Parameter frame: the frame that tells it.
  func differs(_ sentence: String, _ frame: String = "") {
    differences.append(Difference(session: identity.session, client: witness.name, sentence))
    crowd.tell(self, sentence, frame)
  }

  // MARK: Coming and going

  func tick() {
    switch stage {
    case .away(let until):
      if now >= until { connect() }
    case .coming(let since):
      if let due = helloDue, now >= due { hello() } else if now - since > 7_000 { giveUp("no welcome") }
    case .bound:
      if let until = deafUntil, now >= until || crowd.phase != .active {
        deafUntil = nil
        heardAt = now
        link?.setDeaf(false)
      }
      if deafUntil == nil { beat() }
      guard case .bound = stage else { return }
      sendDue()
      if crowd.phase == .active, now >= nextAction { act() }
      if crowd.phase == .finishing { loadMore() }
    }
  }

  /// The heartbeat, sooner than the server asks for it.
  private func beat() {
    if now - heardAt > 6_000 {
      giveUp("silence")
    } else if now - heardAt > 2_500, !isPinged {
      isPinged = true
      send(["type": "ping", "nonce": "heartbeat"])
    }
  }

  private func connect() {
    let node = Int.random(in: 0..<crowd.nodes, using: &random)
    trace.note(now, "connects to node \(node)")
    stage = .coming(since: now)
    helloDue = nil
    crowd.counts.connections += 1
    do {
      link = try ClientLink(
        to: crowd.proxy.port(node), handshake: crowd.handshake,
        mask: UInt32(truncatingIfNeeded: random.next()), loop: crowd.loop, owner: self)
    } catch {
      leave(after: backoff())
    }
  }

  private func giveUp(_ why: String) {
    trace.note(now, "gives up: \(why)")
    crowd.counts.givenUp += 1
    leave(after: backoff())
  }

  func leave(after delay: UInt64) {
    link?.close(reset: Bool.random(using: &random))
    link = nil
    stage = .away(until: now + delay)
    deafUntil = nil
    isLoading = false
    transcript.reconnect()
  }

  func backoff() -> UInt64 {
    failures += 1
    let most = min(2_000, UInt64(50) << UInt64(min(failures, 6)))
    return UInt64.random(in: most / 2...most, using: &random)
  }

  func hello() {
    helloDue = nil
    var fields: [(String, JSONValue)] = [
      ("type", "hello"), ("ref", "hello"), ("session", .string(identity.session)), ("token", .string(identity.token)),
      ("agent", "script"),
    ]
    if forgets || Int.random(in: 0..<100, using: &random) < 30 {
      fields.append(("history", .int(Int64.random(in: 0...30, using: &random))))
    }
    if !forgets, let position = transcript.position { fields.append(("position", position)) }
    send(.object(JSONObject(fields)))
  }

  func send(_ frame: JSONValue) {
    guard let link else { return }
    let bytes = frame.bytes
    bytes.withUnsafeBytes { trace.note(now, ">", $0) }
    link.send(bytes)
  }
}

extension Peer: LinkOwner {
  func heard(_ link: ClientLink) {
    heardAt = now
    isPinged = false
  }

  func opened(_ link: ClientLink) { hello() }

  func ended(_ link: ClientLink, code: UInt16, reason: String) {
    guard link === self.link else { return }
    trace.note(now, "closed: \(code) \(reason)")
    crowd.counts.closes[code, default: 0] += 1
    // What can't follow from a fault of ours.
    if [1002, 1003, 1007, 1008, 1009, 1011, 4401, 4403, 4404, 4429].contains(code) {
      differs("the server closes with \(code) \(reason)")
    }
    leave(after: backoff())
  }

  func broken(_ link: ClientLink, _ what: String) {
    guard link === self.link else { return }
    differs("the server breaks the WebSocket protocol: \(what)")
    leave(after: backoff())
  }
}
