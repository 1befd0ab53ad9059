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

  private enum Stage {
    case header, payload, closed
  }

  private enum HandedOut {
    case nothing, message, control
  }

  /// The largest message, in bytes as they come.
  package var maxMessageBytes: Int
  /// Whether RSV1 may mark a message as compressed (RFC 7692): only where the handshake has agreed on it.
  package var allowsCompression: Bool

  private let role: Role
  private var stage = Stage.header
  private var handedOut = HandedOut.nothing

  // A header that has come in part.
  private var partialHeader = InlineArray<14, UInt8>(repeating: 0)
  private var partialHeaderCount: UInt8 = 0

  // The frame that is being read.
  private var opcode = WebSocketOpcode.continuation
  private var isFinal = true
  private var isUntouched = true
  private var remaining = 0
  private var mask = WebSocketMask(key: 0)

  // The message that is being read, `continuation` where there is none; what has come of it is in `gathered`, and
  // after its `messageCount` bytes what has come of a control frame.
  private var message = WebSocketOpcode.continuation
  private var isCompressed = false
  private var validator = UTF8Validator()
  private var messageCount = 0
  private var gathered = GatherBuffer()

  /// A decoder at the start of a connection.
  package init(role: Role, maxMessageBytes: Int, allowsCompression: Bool = false) {
    self.role = role
    self.maxMessageBytes = maxMessageBytes
    self.allowsCompression = allowsCompression
  }

  /// Whether memory is held for something that has come in part.
  package var holdsMemory: Bool { gathered.isHeld }

  /// Whether the peer's close frame, or an error, has ended the stream. Later input is thrown away.
  package var isClosed: Bool { stage == .closed }

  /// Whether the bytes so far end within a message or a frame.
  package var isInsideMessage: Bool {
    stage == .payload || message != .continuation || partialHeaderCount > 0
  }

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
    forgetHandedOut()
    do {
      while true {
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

  private mutating func forgetHandedOut() {
    switch handedOut {
    case .nothing: return
    case .message:
      messageCount = 0
      gathered.truncate(to: 0)
    case .control: gathered.truncate(to: messageCount)
    }
    handedOut = .nothing
  }

  // MARK: Header

  /// Reads a frame's header, false where it is incomplete.
  private mutating func readHeader(
    _ input: UnsafeMutableRawBufferPointer, _ offset: inout Int
  ) throws(WebSocketError) -> Bool {
    guard let base = input.baseAddress, offset < input.count else { return false }
    if partialHeaderCount == 0 {
      let rest = UnsafeRawBufferPointer(start: base + offset, count: input.count - offset)
      let size = try parseHeader(rest)
      if size > 0 {
        offset += size
        return true
      }
    }
    // Rare: the header is cut. Its bytes are taken one by one, each judged at once.
    while offset < input.count {
      partialHeader[Int(partialHeaderCount)] = base.load(fromByteOffset: offset, as: UInt8.self)
      partialHeaderCount += 1
      offset += 1
      let copy = partialHeader
      let size = try parseHeader(copy, count: Int(partialHeaderCount))
      if size > 0 {
        partialHeaderCount = 0
        return true
      }
    }
    return false
  }

  private mutating func parseHeader(
    _ header: InlineArray<14, UInt8>, count: Int
  ) throws(WebSocketError) -> Int {
    let span = header.span.bytes.extracting(0..<count)
    return try span.withUnsafeBytes { (bytes) throws(WebSocketError) in try parseHeader(bytes) }
  }

  /// Judges the bytes of a header that are there. Returns the header's size once it is whole, 0 before.
  private mutating func parseHeader(_ bytes: UnsafeRawBufferPointer) throws(WebSocketError) -> Int {
    let first = bytes[0]
    try judge(first)
    guard bytes.count >= 2 else { return 0 }
    let second = bytes[1]
    let isMasked = second & 0x80 != 0
    guard isMasked == (role == .server) else {
      throw .framing(isMasked ? "a server's frame is masked" : "a client's frame is not masked")
    }
    var length = Int(second & 0x7F)
    guard !opcode.isControl || length <= 125 else { throw .framing("a control frame is longer than 125 bytes") }
    var size = 2
    if length == 126 {
      guard bytes.count >= 4 else { return 0 }
      length = Int(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
      guard length > 125 else { throw .framing("a length takes more bytes than it needs") }
      size = 4
    } else if length == 127 {
      guard bytes.count >= 10 else { return 0 }
      let long = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt64.self))
      guard long >> 63 == 0 else { throw .framing("a length has its top bit set") }
      guard long > 0xFFFF else { throw .framing("a length takes more bytes than it needs") }
      length = Int(long)
      size = 10
    }
    guard opcode.isControl || length <= maxMessageBytes - messageCount else {
      throw WebSocketError(.tooBig, "a message is larger than \(maxMessageBytes) bytes")
    }
    if isMasked {
      guard bytes.count >= size + 4 else { return 0 }
      mask = WebSocketMask(key: bytes.loadUnaligned(fromByteOffset: size, as: UInt32.self))
      size += 4
    }
    begin(first, length)
    return size
  }

  /// Judges a frame's first byte: reserved bits, opcode, and whether it may come here.
  @inline(__always)
  private mutating func judge(_ first: UInt8) throws(WebSocketError) {
    guard let opcode = WebSocketOpcode(rawValue: first & 0x0F) else { throw .framing("a reserved opcode") }
    let reserved = first & 0x70
    if reserved != 0 {
      // RSV1 marks a compressed message, in its first frame (RFC 7692 section 6).
      guard reserved == 0x40, allowsCompression, opcode == .text || opcode == .binary else {
        throw .framing("a reserved bit is set")
      }
    }
    switch opcode {
    case .continuation:
      if message == .continuation { throw .framing("a continuation without a message") }
    case .text, .binary:
      if message != .continuation { throw .framing("a new message within a message") }
    case .close, .ping, .pong:
      if first & 0x80 == 0 { throw .framing("a control frame is fragmented") }
    }
    self.opcode = opcode
  }

  @inline(__always)
  private mutating func begin(_ first: UInt8, _ length: Int) {
    isFinal = first & 0x80 != 0
    isUntouched = true
    remaining = length
    if opcode == .text || opcode == .binary {
      message = opcode
      isCompressed = first & 0x40 != 0
      validator = UTF8Validator()
    }
  }

  // MARK: Payload

  /// Reads what has come of a frame's payload. Returns the event that it completes; nil where it is incomplete, or where
  /// the message goes on (the stage is then `header` again).
  private mutating func readPayload(
    _ input: UnsafeMutableRawBufferPointer, _ offset: inout Int
  ) throws(WebSocketError) -> WebSocketEvent? {
    let count = min(remaining, input.count - offset)
    let chunk = UnsafeMutableRawBufferPointer(rebasing: input[offset..<offset + count])
    offset += count
    remaining -= count
    try reveal(chunk)
    if opcode.isControl { return try readControl(chunk) }

    let isWhole = remaining == 0
    if isWhole, isFinal, isUntouched, messageCount == 0 {
      // The whole message lies in the input.
      return try finishMessage(UnsafeRawBufferPointer(chunk))
    }
    isUntouched = false
    messageCount += count
    gathered.append(UnsafeRawBufferPointer(chunk), expected: messageCount + remaining)
    guard isWhole else { return nil }
    guard isFinal else {
      stage = .header
      return nil
    }
    handedOut = .message
    return try finishMessage(gathered.bytes())
  }

  /// Unmasks a piece of payload, and checks it where it is text.
  @inline(__always)
  private mutating func reveal(_ chunk: UnsafeMutableRawBufferPointer) throws(WebSocketError) {
    var mayBeInvalid = true
    if role == .server { mayBeInvalid = mask.apply(to: chunk) != 0 }
    guard message == .text, !isCompressed, !opcode.isControl, mayBeInvalid || !validator.isComplete else { return }
    guard validator.accept(UnsafeRawBufferPointer(chunk).bytes) else {
      throw WebSocketError(.invalidData, "a text message is not UTF-8")
    }
  }

  private mutating func finishMessage(_ payload: UnsafeRawBufferPointer) throws(WebSocketError) -> WebSocketEvent {
    guard validator.isComplete else {
      throw WebSocketError(.invalidData, "a text message ends within a character")
    }
    let kind = message == .text ? WebSocketEvent.Kind.text : .binary
    message = .continuation
    stage = .header
    return WebSocketEvent(kind, payload, isCompressed: isCompressed)
  }

  private mutating func readControl(
    _ chunk: UnsafeMutableRawBufferPointer
  ) throws(WebSocketError) -> WebSocketEvent? {
    var payload = UnsafeRawBufferPointer(chunk)
    if remaining > 0 || !isUntouched {
      isUntouched = false
      gathered.append(payload, expected: messageCount + 125)
      guard remaining == 0 else { return nil }
      handedOut = .control
      payload = gathered.bytes(from: messageCount)
    }
    stage = .header
    switch opcode {
    case .ping: return WebSocketEvent(.ping, payload)
    case .pong: return WebSocketEvent(.pong, payload)
    default: return try readClose(payload)
    }
  }

  /// Judges a close frame's payload (RFC 6455 section 5.5.1).
  private mutating func readClose(_ payload: UnsafeRawBufferPointer) throws(WebSocketError) -> WebSocketEvent {
    stage = .closed
    if payload.isEmpty { return WebSocketEvent(.close, payload) }
    guard payload.count >= 2 else { throw .framing("a close frame with half a code") }
    let code = WebSocketCloseCode(
      rawValue: UInt16(bigEndian: payload.loadUnaligned(fromByteOffset: 0, as: UInt16.self)))
    guard code.isAllowedInFrame else { throw .framing("a close frame with code \(code.rawValue)") }
    let reason = UnsafeRawBufferPointer(rebasing: payload[2...])
    guard UTF8Bytes.isValid(reason.bytes) else {
      throw WebSocketError(.invalidData, "a close frame's reason is not UTF-8")
    }
    return WebSocketEvent(.close, reason, closeCode: code)
  }
}
