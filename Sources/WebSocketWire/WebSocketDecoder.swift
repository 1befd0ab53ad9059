import Bytes

/// Turns the bytes of a connection into messages and control frames (RFC 6455 section 5), one decoder for each
/// direction. It works in place: what lies whole in the input is unmasked there and handed out from there. Only what has
/// come in part is kept, in memory that is given back with the message, so that an idle connection holds none.
///
/// Every breach is told at the first byte that shows it, invalid UTF-8 within an unfinished frame too.
package struct WebSocketDecoder: ~Copyable {
  /// Whose decoder it is: a server demands masked frames, a client unmasked ones.
  package enum Role: Sendable {
    case server, client
  }

  enum Stage {
    case header, payload, closed
  }

  enum HandedOut {
    case nothing, message, control
  }

  /// The largest message, in bytes as they come; a compressed one may be an eighth larger.
  package var maxMessageBytes: Int
  /// Whether RSV1 may mark a message as compressed (RFC 7692): only where the handshake has agreed on it.
  package var allowsCompression: Bool

  let role: Role
  var stage = Stage.header
  var handedOut = HandedOut.nothing

  /// Headers read since they were last asked for.
  var frameCount: UInt32 = 0

  // A header that has come in part.
  var partialHeader = InlineArray<14, UInt8>(repeating: 0)
  var partialHeaderCount: UInt8 = 0

  // The frame that is being read.
  var opcode = WebSocketOpcode.continuation
  var isFinal = true
  var isUntouched = true
  var remaining = 0
  var mask = WebSocketMask(key: 0)

  // The message that is being read, `continuation` where there is none; what has come of it is in `gathered`, and
  // after its `messageCount` bytes what has come of a control frame.
  var message = WebSocketOpcode.continuation
  var isCompressed = false
  var validator = UTF8Validator()
  var messageCount = 0
  var gathered = GatherBuffer()

  /// A decoder at the start of a connection.
  package init(role: Role, maxMessageBytes: Int, allowsCompression: Bool = false) {
    self.role = role
    self.maxMessageBytes = maxMessageBytes
    self.allowsCompression = allowsCompression
  }

  /// How many frames have begun since this was last asked for; fragments and control frames count.
  package mutating func takeFrameCount() -> UInt32 {
    defer { frameCount = 0 }
    return frameCount
  }

  /// Whether memory is held for something that has come in part.
  package var holdsMemory: Bool { gathered.isHeld }

  /// Whether the peer's close frame, or an error, has ended the stream. Later input is thrown away.
  package var isClosed: Bool { stage == .closed }

  /// Whether the bytes so far end within a message or a frame.
  package var isInsideMessage: Bool {
    stage == .payload || message != .continuation || partialHeaderCount > 0
  }

  /// Whether it is as a new one: between two messages, with nothing handed out that is still in use.
  package var isAtRest: Bool { !isClosed && !isInsideMessage && !gathered.isHeld }

  /// Decodes the input, which is changed, and hands out each event with its payload (the reason, for a close frame).
  /// Returns how many bytes have been consumed: all, unless `handle` has stopped. Throws the breach that ends the
  /// connection, after the events before it have been handed out.
  package mutating func process(
    _ input: UnsafeMutableRawBufferPointer, _ handle: (WebSocketEvent, RawSpan) -> WebSocketFlow
  ) throws(WebSocketError) -> Int {
    var offset = 0
    while let event = try next(in: input, from: &offset) {
      let flow = handle(event, event.payload.bytes)
      if flow == .stop { break }
    }
    forgetHandedOut()
    return offset
  }

  /// Decodes the input from `offset` on up to the next event, and moves `offset` behind it; nil where more input is
  /// needed, which leaves no byte unconsumed. To be called until it returns nil, or with the rest later.
  package mutating func next(
    in input: UnsafeMutableRawBufferPointer, from offset: inout Int
  ) throws(WebSocketError) -> WebSocketEvent? {
    if handedOut != .nothing { forgetHandedOut() }
    do {
      while true {
        if let event = nextWhole(in: input, from: &offset) { return event }
        switch stage {
        case .header:
          guard try readHeader(input, &offset) else { return nil }
          stage = .payload
        case .payload:
          if let event = try readPayload(input, &offset) { return event }
          if stage == .payload { return nil }
        case .closed:
          offset = input.count
          return nil
        }
      }
    } catch {
      stage = .closed
      gathered.truncate(to: 0)
      throw error
    }
  }

  /// Gives back the memory of what was handed out last, whose payload ends to be valid.
  package mutating func forgetHandedOut() {
    switch handedOut {
    case .nothing: return
    case .message:
      messageCount = 0
      gathered.truncate(to: 0)
    case .control: gathered.truncate(to: messageCount)
    }
    handedOut = .nothing
  }
}
