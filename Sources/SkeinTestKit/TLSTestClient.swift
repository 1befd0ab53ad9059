import Reactor
package import TLSEngine

/// A TLS client over a test socket.
package actor TLSTestClient {
  package nonisolated let unownedExecutor: UnownedSerialExecutor
  /// The connection below.
  package nonisolated let socket: TestSocket
  private let channel: TLSChannel
  private let session: TLSSession
  private var buffer = [UInt8](repeating: 0, count: 128 * 1024)
  private var received: [UInt8] = []
  /// Why nothing more is received, once it is so.
  package private(set) var end: TLSSession.End?

  /// Connects and shakes hands.
  /// - Parameter preface: sent before the first byte of TLS.
  package static func connect(
    to port: UInt16, _ context: TLSClientContext, host: String = "localhost", resuming: TLSResumption? = nil,
    preface: [UInt8] = []
  ) async throws -> TLSTestClient {
    let socket = try await TestSocket.connect(to: port)
    if !preface.isEmpty { await socket.send(preface) }
    let client = try TLSTestClient(socket, context, host, resuming)
    try await client.shakeHands()
    return client
  }

  private init(_ socket: TestSocket, _ context: TLSClientContext, _ host: String, _ resuming: TLSResumption?) throws {
    self.socket = socket
    unownedExecutor = socket.unownedExecutor
    channel = try TLSChannel()
    session = try TLSSession(context, channel: channel, host: host, resuming: resuming)
  }

  private func shakeHands() async throws {
    await push()
    while session.isHandshaking {
      if !(try await pull()) { throw TestClientError.closed(code: 1006, reason: "\(String(describing: end))") }
    }
  }

  /// The names of the server's certificate.
  package var certificateNames: [String]? { session.peerCertificate?.names }
  /// Whether an earlier session was resumed.
  package var isResumed: Bool { session.isResumed }
  /// What the next connection can resume.
  package var resumption: TLSResumption? { session.resumption }

  /// Sends bytes.
  package func send(_ bytes: [UInt8]) async throws {
    try session.send(bytes.span.bytes)
    await push()
  }

  /// What would be sent for bytes, for a test that sends it by itself.
  package func records(of bytes: [UInt8]) throws -> [UInt8] {
    try session.send(bytes.span.bytes)
    defer { channel.output = [] }
    return channel.output
  }

  /// Sends text.
  package func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  /// Says that nothing more follows (close_notify), in one piece with the last bytes.
  package func close(after bytes: [UInt8] = []) async throws {
    try session.send(bytes.span.bytes)
    session.close()
    await push()
  }

  /// So many bytes, or all up to the end where there are fewer.
  package func receive(_ count: Int) async throws -> [UInt8] {
    while received.count < count, try await pull() {}
    defer { received.removeFirst(min(count, received.count)) }
    return Array(received.prefix(count))
  }

  /// The bytes that have come, or the next that come; none at the end.
  /// - Parameter limit: how long the socket is waited for, in milliseconds.
  package func receive(within limit: UInt64) async throws -> [UInt8] {
    while received.isEmpty, try await pull(within: limit) {}
    defer { received = [] }
    return received
  }

  /// Bytes up to a text and with it, or all up to the end.
  package func receive(until text: String) async throws -> String {
    while true {
      let all = String(decoding: received, as: UTF8.self)
      if let range = all.firstRange(of: text) {
        let found = String(all[..<range.upperBound])
        received.removeFirst(found.utf8.count)
        return found
      }
      guard try await pull() else {
        received = []
        return all
      }
    }
  }

  private func push() async {
    let output = channel.output
    channel.output = []
    if !output.isEmpty { await socket.send(output) }
  }

  /// Takes what comes next; false at the end.
  private func pull(within limit: UInt64 = TestSocket.patience) async throws -> Bool {
    guard end == nil else { return false }
    let bytes = try await socket.receive(within: limit)
    guard !bytes.isEmpty else { return false }
    for start in stride(from: 0, to: bytes.count, by: 64 * 1024) where end == nil {
      let piece = bytes[start..<min(start + 64 * 1024, bytes.count)]
      let taken = buffer.withUnsafeMutableBytes { buffer in
        piece.withUnsafeBytes { session.receive($0, into: buffer) }
      }
      received += buffer[..<taken.count]
      end = taken.end
    }
    await push()
    return true
  }
}
