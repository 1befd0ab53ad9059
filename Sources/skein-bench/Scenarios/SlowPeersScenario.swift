import Glibc
import LoadKit
import WebSocketWire

/// Peers that cost a server what they can: some send the head of a request byte by byte (slowloris), the others send
/// large messages and never read what comes back. Whoever is cut off comes again.
final class SlowPeersScenario: LoadScenario {
  private static let head = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
  /// What each of the deaf sends in a message.
  static let messageBytes = 16 * 1024

  let tickMilliseconds: UInt64 = 10
  /// Clients below this number are slow, the others deaf.
  private let slow: Int
  private let deaf: Int
  private let gate: LoadGate
  private let bytes: [[UInt8]]
  private let messages: [UInt8]
  /// How much of its head each of the slow has sent.
  private var places: [Int]
  private var beganAt: UInt64?
  private var sent = 0
  /// How often the server has cut one off.
  private(set) var cutSlow = 0
  private(set) var cutDeaf = 0

  /// - Parameter gate: is told when all have connected.
  init(slow: Int, deaf: Int, gate: LoadGate) {
    self.slow = slow
    self.deaf = deaf
    self.gate = gate
    bytes = Self.head.utf8.map { [$0] }
    places = Array(repeating: 0, count: slow)
    var messages: [UInt8] = []
    let payload = [UInt8](repeating: UInt8(ascii: "x"), count: Self.messageBytes)
    for _ in 0..<4 { WebSocketEncoder.append(.binary, payload.span.bytes, maskKey: 0x3DFA_2137, to: &messages) }
    self.messages = messages
  }

  func begin(_ engine: LoadEngine) {
    // They share a processor with those whose latency is measured, and must not take it from them (setpriority(2) is
    // about a thread in Linux).
    setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
    if slow + deaf == 0 { gate.arrive() }
    engine.open(slow + deaf, window: 64)
  }

  func connected(_ client: LoadClient, _ engine: LoadEngine) -> Bool {
    guard client.index < slow else { return true }
    places[client.index] = 0
    engine.noteReady(client)
    return false
  }

  func opened(_ client: LoadClient, _ engine: LoadEngine) {
    engine.deafen(client)
    engine.noteReady(client)
  }

  func allReady(_ engine: LoadEngine) { gate.arrive() }

  func writable(_ client: LoadClient, _ engine: LoadEngine) { engine.send(frames: messages, to: client) }

  func lost(_ client: LoadClient, _ engine: LoadEngine) -> Bool {
    if client.index < slow { cutSlow += 1 } else { cutDeaf += 1 }
    engine.replace(client)
    return true
  }

  /// Each of the slow sends one byte a second, one after the other.
  func tick(_ engine: LoadEngine) {
    guard slow > 0 else { return }
    let start = beganAt ?? engine.now
    beganAt = start
    let due = Int((engine.now - start) / 1_000_000) * slow / 1000
    while sent < due {
      let index = sent % slow
      sent += 1
      guard let client = engine.client(index), client.isRaw else { continue }
      engine.send(frames: bytes[min(places[index], bytes.count - 1)], to: client)
      places[index] += 1
    }
  }
}
