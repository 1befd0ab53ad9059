import Testing
import WebSocketWire

/// An event with a payload of its own.
struct Event: Equatable, CustomStringConvertible {
  var kind: WebSocketEvent.Kind
  var payload: [UInt8]
  var code = WebSocketCloseCode.noStatus
  var isCompressed = false

  static func text(_ text: String) -> Event { Event(kind: .text, payload: Array(text.utf8)) }
  static func binary(_ bytes: [UInt8]) -> Event { Event(kind: .binary, payload: bytes) }
  static func ping(_ bytes: [UInt8]) -> Event { Event(kind: .ping, payload: bytes) }
  static func pong(_ bytes: [UInt8]) -> Event { Event(kind: .pong, payload: bytes) }
  static func close(_ code: UInt16, _ reason: String = "") -> Event {
    Event(kind: .close, payload: Array(reason.utf8), code: WebSocketCloseCode(rawValue: code))
  }

  var description: String { "\(kind) \(payload.count) bytes \(payload.prefix(20)) \(code.rawValue) \(isCompressed)" }
}

/// What a stream of bytes comes to.
struct Outcome: Equatable {
  var events: [Event] = []
  var error: WebSocketError?
  /// How many bytes had been given when the error was told.
  var given = 0
}

/// Runs a decoder over pieces of a stream, each in memory of its own.
func decode(
  _ pieces: [[UInt8]], role: WebSocketDecoder.Role = .server, limit: Int = 1 << 20, compression: Bool = false
) -> Outcome {
  var decoder = WebSocketDecoder(role: role, maxMessageBytes: limit, allowsCompression: compression)
  var outcome = Outcome()
  for piece in pieces {
    outcome.given += piece.count
    var bytes = piece
    do throws(WebSocketError) {
      let consumed = try decode(&bytes, &decoder, &outcome)
      #expect(consumed == piece.count)
    } catch {
      outcome.error = error
      #expect(decoder.isClosed && !decoder.holdsMemory)
      return outcome
    }
    #expect(decoder.isInsideMessage || !decoder.holdsMemory)
  }
  return outcome
}

private func decode(
  _ bytes: inout [UInt8], _ decoder: inout WebSocketDecoder, _ outcome: inout Outcome
) throws(WebSocketError) -> Int {
  try bytes.withUnsafeMutableBufferPointer { (buffer) throws(WebSocketError) in
    try decoder.process(UnsafeMutableRawBufferPointer(buffer)) { event, payload in
      let copy = payload.withUnsafeBytes { Array($0) }
      outcome.events.append(
        Event(kind: event.kind, payload: copy, code: event.closeCode, isCompressed: event.isCompressed))
      return .proceed
    }
  }
}

let testKey: UInt32 = 0x7856_3412

/// One frame as a client sends it.
func frame(
  _ opcode: WebSocketOpcode, _ payload: [UInt8] = [], fin: Bool = true, rsv1: Bool = false, key: UInt32? = testKey
) -> [UInt8] {
  var output: [UInt8] = []
  WebSocketEncoder.append(
    opcode, payload.span.bytes, isFinal: fin, isCompressed: rsv1, maskKey: key, to: &output)
  return output
}

/// The two pieces of a stream cut at an offset.
func cut(_ bytes: [UInt8], at offset: Int) -> [[UInt8]] { [Array(bytes[..<offset]), Array(bytes[offset...])] }

/// A stream in pieces of one byte.
func bytewise(_ bytes: [UInt8]) -> [[UInt8]] { bytes.map { [$0] } }
