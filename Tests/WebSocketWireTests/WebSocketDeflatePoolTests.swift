import SeededRandom
import Testing
import WebSocketWire

/// Messages through both ends of a connection.
@Suite struct WebSocketDeflatePoolTests {
  /// One end: what it sends, and what it makes of what it is sent.
  struct End: ~Copyable {
    let role: WebSocketDecoder.Role
    var context: WebSocketDeflateContext?
    var decoder: WebSocketDecoder
    let pool: WebSocketDeflatePool
    let limit: Int

    init(_ role: WebSocketDecoder.Role, _ agreed: WebSocketDeflate, limit: Int = 1 << 20, threshold: Int = 0) {
      self.role = role
      context = WebSocketDeflateContext(agreed, role: role)
      decoder = WebSocketDecoder(role: role, maxMessageBytes: limit, allowsCompression: true)
      var settings = WebSocketDeflateSettings()
      settings.threshold = threshold
      pool = WebSocketDeflatePool(settings)
      self.limit = limit
    }

    mutating func send(_ opcode: WebSocketOpcode, _ payload: [UInt8]) -> [UInt8] {
      var output: [UInt8] = []
      pool.append(
        opcode, payload.span.bytes, for: &context, maskKey: role == .client ? testKey : nil, to: &output)
      return output
    }

    mutating func receive(_ bytes: [UInt8]) throws(WebSocketError) -> [Event] {
      let input = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
      defer { input.deallocate() }
      input.copyBytes(from: bytes)
      var events: [Event] = []
      var offset = 0
      while let event = try decoder.next(in: input, from: &offset) {
        let plain = try pool.decompress(event, for: &context, limit: limit)
        events.append(Event(kind: plain.kind, payload: Array(plain.payload), code: plain.closeCode))
      }
      return events
    }

    mutating func code(_ bytes: [UInt8]) -> UInt16? {
      do throws(WebSocketError) {
        _ = try receive(bytes)
        return nil
      } catch {
        return error.closeCode.rawValue
      }
    }
  }

  static let none = WebSocketDeflate(serverKeepsContext: false, clientKeepsContext: false)
  static let agreements: [WebSocketDeflate] = [
    none,
    WebSocketDeflate(serverKeepsContext: true, clientKeepsContext: true),
    WebSocketDeflate(serverKeepsContext: true, clientKeepsContext: false, serverWindowBits: 9),
    WebSocketDeflate(serverKeepsContext: false, clientKeepsContext: true, clientWindowBits: 9),
    WebSocketDeflate(serverKeepsContext: false, clientKeepsContext: false, serverWindowBits: 9, clientWindowBits: 10),
  ]

  /// A message's compressed bytes.
  static func compressed(_ message: [UInt8]) -> [UInt8] {
    var end = End(.server, none)
    let bytes = end.send(.binary, message)
    let size = WebSocketEncoder.headerLength(payload: bytes.count < 128 ? 0 : bytes.count < 65_536 ? 200 : 1 << 20)
    return Array(bytes[size...])
  }

  @Test(arguments: agreements) func messagesComeBack(agreed: WebSocketDeflate) throws {
    var random = SeededGenerator("messagesComeBack \(agreed)")
    for threshold in [0, 512] {
      var server = End(.server, agreed, threshold: threshold)
      var client = End(.client, agreed, threshold: threshold)
      for _ in 0..<80 {
        let word = (0..<Int.random(in: 1...30, using: &random)).map { _ in UInt8.random(in: 0...127, using: &random) }
        let count = [0, 1, 100, 511, 512, 5000, 20_000].randomElement(using: &random) ?? 0
        let isNoise = Int.random(in: 0..<4, using: &random) == 0
        let message = (0..<count).map { isNoise ? UInt8.random(in: 0...127, using: &random) : word[$0 % word.count] }
        let event = Event(kind: Bool.random(using: &random) ? .text : .binary, payload: message)
        let opcode: WebSocketOpcode = event.kind == .text ? .text : .binary
        let down = try client.receive(server.send(opcode, message))
        let up = try server.receive(client.send(opcode, message))
        #expect(down == [event] && up == [event])
      }
    }
  }

  @Test func onlyWhatPaysIsCompressed() {
    var random = SeededGenerator("onlyWhatPaysIsCompressed")
    let noise = (0..<2000).map { _ in UInt8.random(in: 0...255, using: &random) }
    var end = End(.server, Self.none, threshold: 512)
    let dull = [UInt8](repeating: 0x41, count: 512)
    #expect(end.send(.text, Array(dull[1...])).first == 0x81)
    #expect(end.send(.text, dull).first == 0xC1)
    #expect(end.send(.binary, noise).first == 0x82)
    // Where later messages may refer to it, noise is sent compressed too.
    var keeping = End(.server, Self.agreements[1], threshold: 0)
    #expect(keeping.send(.binary, noise).first == 0xC2)
    #expect(keeping.send(.text, []).first == 0x81)
  }

  @Test func theExampleOfTheStandard() throws {
    // RFC 7692 section 7.2.3.1: in one frame, and in two.
    let compressed: [UInt8] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
    var end = End(.server, Self.none)
    let one = try end.receive(frame(.text, compressed, rsv1: true))
    let two = try end.receive(
      frame(.text, Array(compressed[..<3]), fin: false, rsv1: true) + frame(.ping, [1])
        + frame(.continuation, Array(compressed[3...])))
    #expect(one == [.text("Hello")] && two == [.ping([1]), .text("Hello")])
    // Messages that are not compressed may come between.
    let plain = try end.receive(frame(.text, [0x41]) + frame(.text, compressed, rsv1: true))
    #expect(plain == [.text("A"), .text("Hello")])
  }

  @Test func anyFragmentationIsTheSame() throws {
    var random = SeededGenerator("anyFragmentationIsTheSame")
    let message = (0..<9000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 7) & 0x7F }
    let compressed = Self.compressed(message)
    for _ in 0..<50 {
      var bytes: [UInt8] = []
      var start = 0
      while start <= compressed.count {
        let end = min(compressed.count, start + Int.random(in: 0...400, using: &random))
        let isLast = end == compressed.count
        bytes += frame(
          start == 0 && bytes.isEmpty ? .text : .continuation, Array(compressed[start..<end]), fin: isLast,
          rsv1: bytes.isEmpty)
        if isLast { break }
        start = end
        if Bool.random(using: &random) { bytes += frame(.ping, [9]) }
      }
      var end = End(.server, Self.none)
      let events = try end.receive(bytes)
      #expect(events.filter { $0.kind != .ping } == [Event(kind: .text, payload: message)])
    }
  }

  @Test func reservedBitsStandInFirstFramesOnly() {
    let hello: [UInt8] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
    let wrong: [[UInt8]] = [
      frame(.ping, [1], rsv1: true), frame(.close, [0x03, 0xE8], rsv1: true),
      frame(.text, hello, fin: false, rsv1: true) + frame(.continuation, [], rsv1: true),
      frame(.text, [0x41], fin: false) + frame(.continuation, hello, rsv1: true),
    ]
    for bytes in wrong {
      var end = End(.server, Self.none)
      #expect(end.code(bytes) == 1002)
    }
  }

  @Test func whatIsBrokenCloses() {
    let long = [UInt8](repeating: 0x41, count: 5000)
    let codes: [([UInt8], UInt16?)] = [
      (frame(.binary, [0xFF, 0xFF, 0xFF], rsv1: true), 1007),
      (frame(.binary, [0xF2, 0x48, 0xCD], rsv1: true), 1007),
      (frame(.text, Self.compressed(long + [0xC3, 0x28] + long), rsv1: true), 1007),
      (frame(.text, Self.compressed(long + [0xE2, 0x82]), rsv1: true), 1007),
      (frame(.text, Self.compressed(long + [0xE2, 0x82, 0xAC]), rsv1: true), nil),
      (frame(.binary, Self.compressed(long + [0xC3, 0x28]), rsv1: true), nil),
      // A reference to a message before, which was agreed not to be made.
      (
        frame(.text, [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], rsv1: true)
          + frame(.text, [0xF2, 0x00, 0x11, 0x00, 0x00], rsv1: true), 1007
      ),
    ]
    for (bytes, code) in codes {
      var end = End(.server, Self.none)
      #expect(end.code(bytes) == code)
    }
  }

  @Test func theLimitIsOfTheMessageDecompressed() {
    for (size, code) in [(9999, nil), (10_000, nil), (10_001, 1009), (5_000_000, 1009)] as [(Int, UInt16?)] {
      let bomb = Self.compressed([UInt8](repeating: 0x41, count: size))
      for opcode in [WebSocketOpcode.text, .binary] {
        var end = End(.server, Self.none, limit: 10_000)
        #expect(end.code(frame(opcode, bomb, rsv1: true)) == code)
      }
    }
  }

  @Test func aBombCostsNoMoreThanTheLimit() {
    // 16 MiB in 16 KiB: only the limit's share of it is ever made.
    let bomb = Self.compressed([UInt8](repeating: 0, count: 16 << 20))
    var end = End(.server, Self.none, limit: 100_000)
    #expect(end.code(frame(.binary, bomb, rsv1: true)) == 1009)
    #expect(end.pool.heldBytes <= 100_001)
    end.pool.trim()
    #expect(end.pool.heldBytes <= 64 * 1024)
  }

  @Test func whatCannotBeCompressedMayBeLonger() throws {
    var random = SeededGenerator("whatCannotBeCompressedMayBeLonger")
    let noise = (0..<10_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    let stored = [0x00, 0x10, 0x27, 0xEF, 0xD8] + noise + [0x00]
    var end = End(.server, Self.none, limit: 10_000)
    let events = try end.receive(frame(.binary, stored, rsv1: true))
    #expect(events == [.binary(noise)])
    #expect(end.code(frame(.binary, [UInt8](repeating: 0, count: 12_000), rsv1: true)) == 1009)
    var plain = End(.server, Self.none, limit: 10_000)
    #expect(plain.code(frame(.binary, noise + [0])) == 1009)
  }
}
