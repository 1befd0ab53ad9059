import Glibc
import HTTPWire
import LoadKit

/// Requests of plain HTTP over connections that are kept: each connection sends its next when the last was answered.
final class RequestScenario: LoadScenario {
  /// The request and the answer that a connection is at.
  private final class Exchange {
    var parser = HTTPResponseParser()
    var status = HTTPStatus.ok
    var content: [UInt8] = []
    var sentAt: UInt64 = 0
  }

  private let connections: Int
  private let most: Int
  private let make: (Int) -> [UInt8]
  private var exchanges: [Exchange]
  private var window: MeasuredWindow
  private var sent = 0
  private var answered = 0
  private(set) var latency = LatencyHistogram()
  /// The beginning of the last answer's content.
  private(set) var content: [UInt8] = []

  /// - Parameters:
  ///   - most: so many requests, and then no more.
  ///   - make: the request of a number from 0 on.
  init(connections: Int, most: Int = .max, window: MeasuredWindow, _ make: @escaping (Int) -> [UInt8]) {
    self.connections = connections
    self.most = most
    self.window = window
    self.make = make
    exchanges = (0..<connections).map { _ in Exchange() }
  }

  var result: WindowResult { window.result }

  func begin(_ engine: LoadEngine) { engine.open(connections, window: connections) }

  func connected(_ client: LoadClient, _ engine: LoadEngine) -> Bool {
    engine.noteReady(client)
    return false
  }

  func opened(_ client: LoadClient, _ engine: LoadEngine) {}

  func allReady(_ engine: LoadEngine) { window.arrive() }

  func tick(_ engine: LoadEngine) {
    switch window.advance(engine.now) {
    case .load: engine.forEachClient { send($0, engine) }
    case .end: engine.finish()
    case .measure, .count, nil: break
    }
  }

  private func send(_ client: LoadClient, _ engine: LoadEngine) {
    guard sent < most, !window.isOver else { return }
    sent += 1
    exchanges[client.index].sentAt = engine.now
    engine.send(frames: make(sent - 1), to: client)
  }

  func receivedRaw(_ bytes: UnsafeRawBufferPointer, _ client: LoadClient, _ engine: LoadEngine) {
    let exchange = exchanges[client.index]
    var offset = 0
    do throws(HTTPError) {
      while let event = try exchange.parser.next(in: bytes.bytes, from: &offset) {
        switch event {
        case .head(let head):
          exchange.status = head.status
          exchange.content.removeAll(keepingCapacity: true)
        case .body(let range):
          if exchange.content.count < Self.keptBytes { exchange.content.append(contentsOf: bytes[range]) }
        case .end: end(exchange, client, engine)
        }
      }
    } catch {
      engine.fail("the server's answer is not HTTP: \(error)")
    }
  }

  /// So much of an answer is enough to say what is wrong, or to read a token in it.
  private static let keptBytes = 16 * 1024

  private func end(_ exchange: Exchange, _ client: LoadClient, _ engine: LoadEngine) {
    guard (200..<300).contains(exchange.status.code) else {
      let content = String(decoding: exchange.content.prefix(300), as: UTF8.self)
      return engine.fail("the server answers with \(exchange.status.code): \(content)")
    }
    content = exchange.content
    answered += 1
    if window.isMeasuring { latency.record(engine.now - exchange.sentAt) }
    if answered == most {
      // A load that runs out of requests is measured up to here.
      window.end(engine.now)
      return engine.finish()
    }
    send(client, engine)
  }
}

/// Requests as they go out.
enum PlainRequest {
  static func bytes(_ method: String, _ path: String, token: String? = nil, _ content: [UInt8]? = nil) -> [UInt8] {
    var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    if let token { head += "Authorization: Bearer \(token)\r\n" }
    if let content { head += "Content-Type: application/json\r\nContent-Length: \(content.count)\r\n" }
    return Array((head + "\r\n").utf8) + (content ?? [])
  }
}
