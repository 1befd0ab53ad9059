import HTTPWire
package import JSONWire
import Reactor
package import TLSEngine
package import WebSocketWire

/// A strict client of the wire protocol over a real socket. Frames are taken one by one; each is applied to `transcript`
/// on its way, and one that the protocol does not allow is thrown.
package actor ChatClient {
  /// A message or a control frame as it came.
  package struct Incoming: Sendable, Equatable {
    package let kind: WebSocketEvent.Kind
    package let payload: [UInt8]

    /// The payload as text.
    package var text: String { String(decoding: payload, as: UTF8.self) }
  }

  package nonisolated let unownedExecutor: UnownedSerialExecutor
  /// The connection, for tests that look below the frames.
  package nonisolated let socket: TestSocket
  private let encrypted: TLSTestClient?
  /// The subprotocol that the server chose.
  package private(set) var subprotocol: String?
  /// What it knows of its session; keep it, and hand it to the client that resumes.
  package private(set) var transcript: Transcript
  /// The last `error` frame.
  package private(set) var lastError: JSONValue?
  private var decoder = WebSocketDecoder(role: .client, maxMessageBytes: 64 * 1024 * 1024)
  private var incoming: [Incoming] = []
  private var end: TestClientError?

  /// Connects and opens a WebSocket.
  /// - Parameters:
  ///   - target: path and query.
  ///   - fields: further header lines, each with its CR LF.
  ///   - transcript: what is known from earlier connections.
  ///   - tls: how it is encrypted; nil: not at all.
  ///   - preface: sent before the first byte of its own, as proxies do.
  package static func connect(
    to port: UInt16, target: String = "/v1/socket", subprotocols: [String] = ["skein.v1"], fields: String = "",
    transcript: Transcript = Transcript(), receiveBuffer: Int32 = 0, tls: TLSClientContext? = nil, preface: [UInt8] = []
  ) async throws -> ChatClient {
    let client: ChatClient
    if let tls {
      let encrypted = try await TLSTestClient.connect(to: port, tls, preface: preface)
      client = ChatClient(encrypted.socket, encrypted, transcript: transcript)
    } else {
      let socket = try await TestSocket.connect(to: port, receiveBuffer: receiveBuffer)
      await socket.send(preface)
      client = ChatClient(socket, nil, transcript: transcript)
    }
    try await client.open(port, target: target, subprotocols: subprotocols, fields: fields)
    return client
  }

  private init(_ socket: TestSocket, _ encrypted: TLSTestClient?, transcript: Transcript) {
    self.socket = socket
    self.encrypted = encrypted
    self.transcript = transcript
    self.transcript.reconnect()
    unownedExecutor = socket.unownedExecutor
  }

  private func open(_ port: UInt16, target: String, subprotocols: [String], fields: String) async throws {
    let handshake = WebSocketClientHandshake(subprotocols: subprotocols)
    var request: [UInt8] = []
    handshake.appendRequest(host: "127.0.0.1:\(port)", target: target, fields: fields, to: &request)
    try await put(request)
    var parser = HTTPResponseParser()
    while true {
      let bytes = try await take()
      guard !bytes.isEmpty else { throw TestClientError.unexpected("no answer to the handshake") }
      var offset = 0
      guard case .head(let head)? = try parser.next(in: bytes.span.bytes, from: &offset) else { continue }
      subprotocol = try handshake.check(head)
      // Behind a 101 comes no content, only the end of the head.
      _ = try parser.next(in: bytes.span.bytes, from: &offset)
      try decode(Array(bytes[offset...]))
      return
    }
  }

  private func put(_ bytes: [UInt8]) async throws {
    if let encrypted { try await encrypted.send(bytes) } else { await socket.send(bytes) }
  }

  private func take(within limit: UInt64 = TestSocket.patience) async throws -> [UInt8] {
    if let encrypted { try await encrypted.receive(within: limit) } else { try await socket.receive(within: limit) }
  }

  // MARK: Sending

  /// Sends a frame of the protocol.
  package func send(_ frame: JSONValue) async { await send(.text, frame.bytes) }

  /// Sends a text message as it stands.
  package func send(text: String) async { await send(.text, Array(text.utf8)) }

  /// Sends one WebSocket frame.
  package func send(_ opcode: WebSocketOpcode, _ payload: [UInt8], isFinal: Bool = true) async {
    var bytes: [UInt8] = []
    WebSocketEncoder.append(
      opcode, payload.span.bytes, isFinal: isFinal, maskKey: .random(in: 0...(.max)), to: &bytes)
    // What can't be sent any more is noticed by reading.
    try? await put(bytes)
  }

  /// Sends a close frame.
  package func sendClose(_ code: UInt16?, reason: String = "") async {
    var bytes: [UInt8] = []
    WebSocketEncoder.appendClose(
      code.map { WebSocketCloseCode(rawValue: $0) }, reason: reason, maskKey: .random(in: 0...(.max)), to: &bytes)
    try? await put(bytes)
  }

  /// Ends the connection without a close frame.
  package func drop() async { await socket.close() }

  // MARK: Receiving

  /// The next frame of the protocol, applied to the transcript.
  /// - Parameter limit: in milliseconds.
  package func next(within limit: UInt64 = TestSocket.patience) async throws -> JSONValue {
    let message = try await nextMessage(within: limit)
    guard message.kind == .text else { throw TestClientError.unexpected("a binary message") }
    guard message.payload.count <= 256 * 1024 else { throw TestClientError.unexpected("a frame over its size") }
    let frame = try JSONValue(parsing: message.payload)
    if frame["type"]?.string == "error" { lastError = frame }
    try transcript.apply(frame)
    return frame
  }

  /// The next message as it came: text, binary, or a pong.
  package func nextMessage(within limit: UInt64 = TestSocket.patience) async throws -> Incoming {
    // The server's pings buy no time.
    let deadline = EventLoop.monotonicMilliseconds() + limit
    while incoming.isEmpty {
      if let end { throw end }
      let present = EventLoop.monotonicMilliseconds()
      guard present < deadline else { throw TestClientError.timedOut }
      let bytes = try await take(within: deadline - present)
      if bytes.isEmpty {
        end = .closed(code: 1006, reason: "")
      } else {
        try decode(bytes)
      }
    }
    return incoming.removeFirst()
  }

  private func decode(_ bytes: [UInt8]) throws {
    var bytes = bytes
    var pongs: [[UInt8]] = []
    try bytes.withUnsafeMutableBytes { buffer in
      var offset = 0
      while let event = try decoder.next(in: buffer, from: &offset) {
        let payload = Array(event.payload)
        switch event.kind {
        case .text, .binary, .pong: incoming.append(Incoming(kind: event.kind, payload: payload))
        case .ping: pongs.append(payload)
        case .close:
          end = .closed(code: event.closeCode.rawValue, reason: String(decoding: payload, as: UTF8.self))
        }
      }
    }
    for pong in pongs { Task { await send(.pong, pong) } }
  }
}
