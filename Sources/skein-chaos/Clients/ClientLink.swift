import Glibc
import HTTPWire
import Reactor
import WebSocketWire

/// Who a connection belongs to. All calls come on the loop's thread.
protocol LinkOwner: AnyObject {
  func opened(_ link: ClientLink)
  /// A text message; the payload is valid during the call.
  func received(_ payload: UnsafeRawBufferPointer, _ link: ClientLink)
  func heard(_ link: ClientLink)
  /// The connection is over; the code of its close frame, 1006 where there was none.
  func ended(_ link: ClientLink, code: UInt16, reason: String)
  /// What came is not WebSocket.
  func broken(_ link: ClientLink, _ what: String)
}

/// One WebSocket of a client, which may end at any byte.
final class ClientLink: ReadinessTarget, @unchecked Sendable {
  enum Stage {
    case connecting, handshaking, open, closed
  }

  private(set) var stage = Stage.connecting
  private unowned let owner: any LinkOwner
  private let loop: EventLoop
  private let handshake: WebSocketClientHandshake
  private let port: UInt16
  private var descriptor: Descriptor?
  private let raw: Int32
  private var parser: HTTPResponseParser? = HTTPResponseParser()
  private var decoder = WebSocketDecoder(role: .client, maxMessageBytes: 16 << 20)
  private var unsent: [UInt8] = []
  private var isDeaf = false
  private var mask: UInt32

  init(
    to port: UInt16, handshake: WebSocketClientHandshake, mask: UInt32, loop: EventLoop, owner: any LinkOwner
  ) throws(SystemError) {
    self.port = port
    self.handshake = handshake
    self.mask = mask | 1
    self.loop = loop
    self.owner = owner
    let made = try Descriptor("socket", Loopback.socket(for: .port(port)))
    guard Loopback.connect(made.raw, to: .port(port)) else { throw SystemError("connect") }
    raw = made.raw
    descriptor = consume made
    try loop.register(raw, for: .writable, target: self, token: 0)
  }

  /// Ends the connection without a close frame; its owner is not told.
  func close(reset: Bool) {
    guard stage != .closed else { return }
    stage = .closed
    loop.deregister(raw)
    if reset {
      var option = linger(l_onoff: 1, l_linger: 0)
      setsockopt(raw, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
    descriptor = nil
  }

  /// Reads nothing, or goes on reading.
  func setDeaf(_ isDeaf: Bool) {
    guard stage == .open else { return }
    self.isDeaf = isDeaf
    watch()
  }

  // MARK: Out

  func send(_ text: [UInt8]) { send(.text, text.span.bytes) }

  private func send(_ opcode: WebSocketOpcode, _ payload: RawSpan) {
    mask = mask &* 1_664_525 &+ 1_013_904_223
    WebSocketEncoder.append(opcode, payload, maskKey: mask, to: &unsent)
    flush()
  }

  private func flush() {
    guard stage != .closed, stage != .connecting, !unsent.isEmpty else { return }
    let count = unsent.withUnsafeBytes { Glibc.send(raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    // What can't be sent any more is noticed by reading.
    if count > 0 { unsent.removeFirst(count) }
    if count < 0, errno != EAGAIN, errno != EINTR { unsent = [] }
    watch()
  }

  private func watch() {
    guard stage != .closed else { return }
    var interest: Readiness = isDeaf ? [] : .readable
    if !unsent.isEmpty { interest.insert(.writable) }
    try? loop.modify(raw, for: interest)
  }

  // MARK: In

  func ready(_ token: UInt64, _ readiness: Readiness) {
    guard stage != .closed else { return }
    if stage == .connecting {
      guard Loopback.isConnected(raw) else { return end(1006, "not connected") }
      stage = .handshaking
      handshake.appendRequest(host: "127.0.0.1:\(port)", target: "/v1/socket", to: &unsent)
      return flush()
    }
    if readiness.isForWriting { flush() }
    guard stage != .closed, readiness.isForReading else { return }
    // A reset is told even to who does not read.
    if isDeaf { return end(1006, "reset") }
    receive()
  }

  private func receive() {
    withUnsafeTemporaryAllocation(byteCount: 64 * 1024, alignment: 16) { buffer in
      let count = recv(raw, buffer.baseAddress, buffer.count, 0)
      guard count > 0 else {
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        return end(1006, count == 0 ? "ended" : "reset")
      }
      owner.heard(self)
      decode(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  private func decode(_ bytes: UnsafeMutableRawBufferPointer) {
    var offset = 0
    if stage == .handshaking { readAnswer(UnsafeRawBufferPointer(bytes), &offset) }
    guard stage == .open else { return }
    do throws(WebSocketError) {
      while let event = try decoder.next(in: bytes, from: &offset) {
        switch event.kind {
        case .text: owner.received(event.payload, self)
        case .binary: return fail("a binary message")
        case .ping: send(.pong, event.payload.bytes)
        case .pong: break
        case .close: return end(event.closeCode.rawValue, String(decoding: event.payload, as: UTF8.self))
        }
        guard stage == .open else { return }
      }
    } catch {
      fail(error.message)
    }
  }

  private func readAnswer(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) {
    do {
      while let event = try parser?.next(in: bytes.bytes, from: &offset) {
        switch event {
        case .head(let head):
          // 429 and 503 say that there is no room now.
          guard head.status.code == 101 else { return end(1006, "answered \(head.status.code)") }
          try handshake.check(head)
        case .body: break
        case .end:
          parser = nil
          stage = .open
          return owner.opened(self)
        }
      }
    } catch {
      fail("the answer to the handshake: \(error)")
    }
  }

  private func end(_ code: UInt16, _ reason: String) {
    close(reset: false)
    owner.ended(self, code: code, reason: reason)
  }

  private func fail(_ what: String) {
    close(reset: true)
    owner.broken(self, what)
  }
}
