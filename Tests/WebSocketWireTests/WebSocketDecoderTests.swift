import Testing
import WebSocketWire

@Suite struct WebSocketDecoderTests {
  struct Stream: CustomTestStringConvertible, Sendable {
    var name: String
    var bytes: [UInt8]
    var events: [Event]
    var testDescription: String { name }
  }

  static let text = "Hello-µ@ßöäüàá-UTF-8!! 👩🏽‍🚀"
  static let utf8 = Array(text.utf8)
  static let long = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }

  static let streams: [Stream] = [
    Stream(name: "empty text", bytes: frame(.text), events: [.text("")]),
    Stream(name: "text", bytes: frame(.text, utf8), events: [.text(text)]),
    Stream(name: "binary", bytes: frame(.binary, [0, 255, 128]), events: [.binary([0, 255, 128])]),
    Stream(
      name: "125 and 126 bytes",
      bytes: frame(.binary, Array(long[..<125])) + frame(.binary, Array(long[..<126])),
      events: [.binary(Array(long[..<125])), .binary(Array(long[..<126]))]),
    Stream(
      name: "65,535 and 65,536 bytes",
      bytes: frame(.binary, Array(long[..<65535])) + frame(.binary, Array(long[..<65536])),
      events: [.binary(Array(long[..<65535])), .binary(Array(long[..<65536]))]),
    Stream(
      name: "fragments, cut within characters, controls between",
      bytes: frame(.text, Array(utf8[..<7]), fin: false) + frame(.ping, [1, 2, 3])
        + frame(.continuation, Array(utf8[7..<8]), fin: false) + frame(.continuation, [], fin: false)
        + frame(.pong) + frame(.continuation, Array(utf8[8...])) + frame(.text, [0x41]),
      events: [.ping([1, 2, 3]), .pong([]), .text(text), .text("A")]),
    Stream(
      name: "empty fragments",
      bytes: frame(.text, fin: false) + frame(.continuation, fin: false) + frame(.continuation),
      events: [.text("")]),
    Stream(
      name: "an empty fragment first", bytes: frame(.binary, fin: false) + frame(.continuation, [9, 8]),
      events: [.binary([9, 8])]),
    Stream(
      name: "largest ping", bytes: frame(.ping, Array(long[..<125])), events: [.ping(Array(long[..<125]))]),
    Stream(name: "close without a code", bytes: frame(.close), events: [.close(1005)]),
    Stream(
      name: "close with a reason, then noise",
      bytes: frame(.close, [0x03, 0xE8] + Array("bye ✓".utf8)) + [0xFF, 0xFF, 0x00],
      events: [.close(1000, "bye ✓")]),
    Stream(
      name: "close within a message", bytes: frame(.text, [0x41], fin: false) + frame(.close, [0x0F, 0xA0]),
      events: [.close(4000)]),
  ]

  @Test(arguments: streams) func streamsGiveTheirEvents(stream: Stream) {
    let outcome = decode([stream.bytes])
    #expect(outcome.events == stream.events && outcome.error == nil)
  }

  @Test(arguments: streams) func everyCutGivesTheSameEvents(stream: Stream) {
    // Where the stream is long the cuts at its ends show the same as all of them.
    let count = stream.bytes.count
    let offsets = count < 2000 ? Array(0...count) : Array(0...40) + Array(count - 66_000..<count - 65_900) + [count - 1]
    for offset in offsets {
      let outcome = decode(cut(stream.bytes, at: offset))
      #expect(outcome.events == stream.events && outcome.error == nil, "cut at \(offset)")
    }
    let outcome = decode(bytewise(stream.bytes))
    #expect(outcome.events == stream.events && outcome.error == nil)
  }

  @Test(arguments: streams) func aClientReadsTheSameUnmasked(stream: Stream) {
    // The same stream as a server would send it, made by decoding and encoding.
    var bytes: [UInt8] = []
    for event in stream.events {
      switch event.kind {
      case .text: WebSocketEncoder.append(.text, event.payload.span.bytes, to: &bytes)
      case .binary: WebSocketEncoder.append(.binary, event.payload.span.bytes, to: &bytes)
      case .ping: WebSocketEncoder.append(.ping, event.payload.span.bytes, to: &bytes)
      case .pong: WebSocketEncoder.append(.pong, event.payload.span.bytes, to: &bytes)
      case .close:
        let code = event.code == .noStatus ? nil : event.code
        WebSocketEncoder.appendClose(code, reason: String(decoding: event.payload, as: UTF8.self), to: &bytes)
      }
    }
    #expect(decode([bytes], role: .client) == Outcome(events: stream.events, given: bytes.count))
    #expect(decode(bytewise(bytes), role: .client).events == stream.events)
    #expect(decode([bytes], role: .server).error?.closeCode == .protocolError)
  }

  struct Breach: CustomTestStringConvertible, Sendable {
    var name: String
    var bytes: [UInt8]
    var code: WebSocketCloseCode
    /// How many bytes are enough to see it.
    var seen: Int
    var testDescription: String { name }
  }

  static let breaches: [Breach] = {
    var all: [Breach] = []
    for reserved: UInt8 in [0x40, 0x20, 0x10, 0x70] {
      for opcode: UInt8 in [1, 2, 8, 9, 10] {
        let first = 0x80 | reserved | opcode
        all.append(Breach(name: "first byte \(first)", bytes: [first, 0x80], code: .protocolError, seen: 1))
      }
    }
    for opcode: UInt8 in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
      all.append(Breach(name: "opcode \(opcode)", bytes: [0x80 | opcode, 0x80], code: .protocolError, seen: 1))
    }
    for opcode: UInt8 in [8, 9, 10] {
      all.append(Breach(name: "fragmented control \(opcode)", bytes: [opcode, 0x80], code: .protocolError, seen: 1))
      all.append(Breach(name: "long control \(opcode)", bytes: [0x80 | opcode, 0xFE], code: .protocolError, seen: 2))
    }
    all += [
      Breach(name: "not masked", bytes: [0x81, 0x00], code: .protocolError, seen: 2),
      Breach(name: "continuation of nothing", bytes: frame(.continuation, [1]), code: .protocolError, seen: 1),
      Breach(
        name: "continuation after a whole message", bytes: frame(.text, [0x41]) + frame(.continuation, [0x41]),
        code: .protocolError, seen: 8),
      Breach(
        name: "a message within a message", bytes: frame(.text, [0x41], fin: false) + frame(.text, [0x41]),
        code: .protocolError, seen: 8),
      Breach(name: "RSV1 on a continuation", bytes: frame(.text, fin: false) + [0xC0], code: .protocolError, seen: 7),
      Breach(name: "16-bit length of 125", bytes: [0x82, 0xFE, 0, 125], code: .protocolError, seen: 4),
      Breach(
        name: "64-bit length of 65,535", bytes: [0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], code: .protocolError,
        seen: 10),
      Breach(
        name: "64-bit length with the top bit", bytes: [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], code: .protocolError,
        seen: 10),
      Breach(name: "too big", bytes: [0x82, 0xFF, 0, 0, 0, 0, 0, 0x10, 0, 1], code: .tooBig, seen: 10),
      Breach(
        name: "far too big", bytes: [0x82, 0xFF, 0x7F, 255, 255, 255, 255, 255, 255, 255], code: .tooBig, seen: 10),
      Breach(
        name: "too big by its fragments",
        bytes: frame(.binary, [0], fin: false) + [0, 0xFF, 0, 0, 0, 0, 0, 0x10, 0, 0],
        code: .tooBig, seen: 17),
      Breach(name: "close with one byte", bytes: frame(.close, [3]), code: .protocolError, seen: 7),
      Breach(
        name: "close with a bad reason", bytes: frame(.close, [0x03, 0xE8, 0xC0]), code: .invalidData, seen: 9),
      Breach(
        name: "close with a cut reason", bytes: frame(.close, [0x03, 0xE8, 0xE2, 0x82]), code: .invalidData, seen: 10),
      Breach(name: "text cut within a character", bytes: frame(.text, [0xE2, 0x82]), code: .invalidData, seen: 8),
    ]
    for code: UInt16 in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
      let payload = [UInt8(code >> 8), UInt8(code & 0xFF)]
      all.append(Breach(name: "close code \(code)", bytes: frame(.close, payload), code: .protocolError, seen: 8))
    }
    return all
  }()

  @Test(arguments: breaches) func breachesAreToldAtTheFirstByteThatShowsThem(breach: Breach) {
    #expect(decode([breach.bytes]).error?.closeCode == breach.code)
    let outcome = decode(bytewise(breach.bytes))
    #expect(outcome.error?.closeCode == breach.code)
    #expect(outcome.given == breach.seen)
  }

  @Test(arguments: [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])
  func codesThatMayBeSentAreAccepted(code: UInt16) {
    let bytes = frame(.close, [UInt8(code >> 8), UInt8(code & 0xFF)])
    #expect(decode([bytes]).events == [.close(code)])
  }

  @Test func invalidTextFailsWithinAnUnfinishedFrame() {
    // Autobahn's 6.4: valid bytes, then one that no continuation can mend, then more that never has to come.
    let good = Array("κόσμε".utf8)
    for bad: [UInt8] in [[0xF4, 0x90], [0xED, 0xA0], [0xC0], [0xFF], [0xE0, 0x80]] {
      let bytes = frame(.text, good + bad + [0x80, 0x80] + good)
      let outcome = decode(bytewise(bytes))
      #expect(outcome.error?.closeCode == .invalidData)
      #expect(outcome.given == 6 + good.count + bad.count)
      let fragments = frame(.text, good, fin: false) + frame(.continuation, bad, fin: false)
      #expect(decode([fragments]).error?.closeCode == .invalidData)
    }
  }

  @Test func eventsBeforeABreachAreHandedOut() {
    let outcome = decode([frame(.text, [0x41]) + frame(.ping, [1]) + [0xF1, 0x80]])
    #expect(outcome.events == [.text("A"), .ping([1])])
    #expect(outcome.error?.closeCode == .protocolError)
  }

  @Test func compressedMessagesAreMarkedAndUnchecked() {
    let bytes =
      frame(.text, [0xFF, 0xFE], fin: false, rsv1: true) + frame(.continuation, [0xFD]) + frame(.text, [0x41])
    let expected = [Event(kind: .text, payload: [0xFF, 0xFE, 0xFD], isCompressed: true), .text("A")]
    #expect(decode([bytes], compression: true).events == expected)
    #expect(decode(bytewise(bytes), compression: true).events == expected)
    #expect(decode([bytes]).error?.closeCode == .protocolError)
    #expect(decode([frame(.ping, rsv1: true)], compression: true).error?.closeCode == .protocolError)
    let continued = frame(.text, fin: false, rsv1: true) + frame(.continuation, rsv1: true)
    #expect(decode([continued], compression: true).error?.closeCode == .protocolError)
  }

  @Test func aCallerStopsAndGoesOn() throws {
    var bytes = frame(.text, [0x41]) + frame(.text, [0x42]) + frame(.text, [0x43])
    var decoder = WebSocketDecoder(role: .server, maxMessageBytes: 100)
    var seen: [UInt8] = []
    var consumed: [Int] = []
    try bytes.withUnsafeMutableBytes { buffer in
      var rest = UnsafeMutableRawBufferPointer(rebasing: buffer[...])
      while !rest.isEmpty {
        let count = try decoder.process(rest) { event, _ in
          seen += Array(event.payload)
          return .stop
        }
        consumed.append(count)
        rest = UnsafeMutableRawBufferPointer(rebasing: rest[count...])
      }
    }
    #expect(seen == [0x41, 0x42, 0x43] && consumed == [7, 7, 7])
  }

  @Test func aMessageOfTheLargestSizeIsTaken() {
    let payload = [UInt8](repeating: 7, count: 1000)
    #expect(decode([frame(.binary, payload)], limit: 1000).events == [.binary(payload)])
    #expect(decode([frame(.binary, payload)], limit: 999).error?.closeCode == .tooBig)
    let fragments = frame(.binary, payload, fin: false) + frame(.continuation)
    #expect(decode([fragments], limit: 1000).events == [.binary(payload)])
    let one = frame(.binary, payload, fin: false) + frame(.continuation, [1])
    #expect(decode([one], limit: 1000).error?.closeCode == .tooBig)
  }

  @Test func manySmallFragmentsMakeOneMessage() {
    let payload = (0..<20_000).map { UInt8(truncatingIfNeeded: $0) }
    var bytes = frame(.binary, fin: false)
    for byte in payload { bytes += frame(.continuation, [byte], fin: false) }
    bytes += frame(.continuation)
    #expect(decode([bytes]).events == [.binary(payload)])
  }

  @Test func anAnnouncedLengthReservesNoMemory() throws {
    var decoder = WebSocketDecoder(role: .server, maxMessageBytes: 1 << 40)
    var header: [UInt8] = [0x82, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4, 5]
    let consumed = try header.withUnsafeMutableBytes { try decoder.process($0) { _, _ in .proceed } }
    #expect(consumed == header.count && decoder.holdsMemory && decoder.isInsideMessage)
  }

  @Test func wholeMessagesAreTakenFromWhereTheyLie() throws {
    let long = [UInt8](repeating: 0x61, count: 126)
    var bytes = frame(.text, Array("Grüße".utf8)) + frame(.binary, [0xFF]) + frame(.text) + frame(.text, long)
    var decoder = WebSocketDecoder(role: .server, maxMessageBytes: 126)
    var offset = 0
    bytes.withUnsafeMutableBytes { input in
      for expected in [Event.text("Grüße"), .binary([0xFF]), .text(""), Event(kind: .text, payload: long)] {
        let message = decoder.nextWhole(in: input, from: &offset)
        #expect(message.map { Event(kind: $0.kind, payload: Array($0.payload)) } == expected)
      }
      #expect(offset == input.count && decoder.nextWhole(in: input, from: &offset) == nil)
    }
    #expect(decoder.isAtRest && decoder.takeFrameCount() == 4)
  }

  @Test(
    "what is no whole, plain message is left as it is",
    arguments: [
      frame(.text, [0xE2, 0x82]), frame(.text, [0x61, 0xFF] + [UInt8](repeating: 0x61, count: 70)),
      frame(.text, [0x61], fin: false), frame(.continuation, [0x61]), frame(.ping, [0x61]), frame(.close),
      frame(.text, [0x61], rsv1: true), frame(.text, [0x61], key: nil), Array(frame(.text, [0x61]).dropLast()),
      Array(frame(.binary, [UInt8](repeating: 1, count: 126)).dropLast()),
      frame(.binary, [UInt8](repeating: 1, count: 201)),
      frame(.binary, [UInt8](repeating: 1, count: 65_536)), [0x82, 0xFE, 0, 1, 0, 0, 0, 0, 1], [0x81], [0x82, 0xFE, 0],
    ] as [[UInt8]])
  func othersAreLeft(bytes: [UInt8]) {
    var input = bytes
    var decoder = WebSocketDecoder(role: .server, maxMessageBytes: 200, allowsCompression: true)
    var offset = 0
    input.withUnsafeMutableBytes { #expect(decoder.nextWhole(in: $0, from: &offset) == nil) }
    #expect(input == bytes && offset == 0 && decoder.isAtRest && decoder.takeFrameCount() == 0)
  }

  @Test func withinAMessageNothingIsWhole() throws {
    var begun = frame(.text, [0x61], fin: false)
    var decoder = WebSocketDecoder(role: .server, maxMessageBytes: 200)
    _ = try begun.withUnsafeMutableBytes { try decoder.process($0) { _, _ in .proceed } }
    var bytes = frame(.text, [0x62])
    var offset = 0
    bytes.withUnsafeMutableBytes { #expect(decoder.nextWhole(in: $0, from: &offset) == nil) }
    #expect(bytes == frame(.text, [0x62]) && decoder.isInsideMessage)
  }

  @Test func aDecoderIsSmall() {
    #expect(MemoryLayout<WebSocketDecoder>.size <= 112)
  }
}
