import Bytes

extension WebSocketDecoder {
  /// Reads what has come of a frame's payload. Returns the event that it completes; nil where it is incomplete, or where
  /// the message goes on (the stage is then `header` again).
  mutating func readPayload(
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
    // Only the last frame tells the message's size; growing to the size of each fragment would cost quadratic time.
    let expected = isFinal ? messageCount + remaining : maxMessageBytes
    gathered.append(UnsafeRawBufferPointer(chunk), expected: expected)
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
