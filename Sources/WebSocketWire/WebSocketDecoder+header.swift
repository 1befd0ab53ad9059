import Bytes

extension WebSocketDecoder {
  /// Reads a frame's header, false where it is incomplete.
  mutating func readHeader(
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
    guard opcode.isControl || length <= largest(first) - messageCount else {
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

  /// The bound of the message that a frame belongs to, in bytes as they come. What can't be compressed grows by it, by an
  /// eighth at worst; the bound of the plain message is held where it is decompressed.
  @inline(__always)
  private func largest(_ first: UInt8) -> Int {
    let compressed = opcode == .continuation ? isCompressed : first & 0x40 != 0
    return compressed ? maxMessageBytes + maxMessageBytes / 8 + 64 : maxMessageBytes
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
    frameCount &+= 1
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
}
