/// Takes content in chunks apart (RFC 9112 section 7.1), strictly: sizes are plain hexadecimal digits, lines end with
/// CR LF. Extensions and trailers are bounded, checked and thrown away.
struct HTTPChunkedDecoder {
  enum Step {
    /// Content, as a range of the input.
    case data(Range<Int>)
    /// The content's end: its last line has been consumed.
    case end
  }

  private enum State {
    case sizeStart, size, chunkExtension, sizeLineFeed, data, dataReturn, dataLineFeed
    case trailerStart, trailerName, trailerValue, trailerLineFeed, lastLineFeed, done
  }

  // What extensions and trailers may take in the whole message: they serve nobody here.
  private static let maxIgnoredBytes = 8 * 1024

  private var state = State.sizeStart
  private var size = 0
  private var digits = 0
  private var ignored = 0

  init() {}

  /// The next step, nil where more input is needed. Moves `offset` behind what has been taken.
  mutating func next(_ input: RawSpan, _ offset: inout Int) throws(HTTPError) -> Step? {
    while offset < input.byteCount {
      if state == .data {
        let count = min(size, input.byteCount - offset)
        let range = offset..<offset + count
        offset += count
        size -= count
        if size == 0 { state = .dataReturn }
        return .data(range)
      }
      if state == .done { return .end }
      let byte = input.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
      offset += 1
      try step(byte)
      if state == .done { return .end }
    }
    return nil
  }

  private mutating func step(_ byte: UInt8) throws(HTTPError) {
    switch state {
    case .sizeStart, .size: try stepSize(byte)
    case .chunkExtension:
      if byte == 0x0D {
        state = .sizeLineFeed
      } else {
        try ignore(byte, HTTPText.isFieldValue(byte))
      }
    case .sizeLineFeed:
      try expect(byte, 0x0A)
      state = size == 0 ? .trailerStart : .data
    case .dataReturn:
      try expect(byte, 0x0D)
      state = .dataLineFeed
    case .dataLineFeed:
      try expect(byte, 0x0A)
      state = .sizeStart
      digits = 0
    case .trailerStart:
      if byte == 0x0D {
        state = .lastLineFeed
      } else {
        try ignore(byte, HTTPText.isToken(byte))
        state = .trailerName
      }
    case .trailerName:
      try ignore(byte, HTTPText.isToken(byte) || byte == UInt8(ascii: ":"))
      if byte == UInt8(ascii: ":") { state = .trailerValue }
    case .trailerValue:
      if byte == 0x0D {
        state = .trailerLineFeed
      } else {
        try ignore(byte, HTTPText.isFieldValue(byte))
      }
    case .trailerLineFeed:
      try expect(byte, 0x0A)
      state = .trailerStart
    case .lastLineFeed:
      try expect(byte, 0x0A)
      state = .done
    case .data, .done: break
    }
  }

  private mutating func stepSize(_ byte: UInt8) throws(HTTPError) {
    if let digit = HTTPText.hexDigit(byte) {
      // 15 digits keep every sum within 64 bits; leading zeros count, so that a size can't go on for ever.
      digits += 1
      guard digits <= 15 else { throw .syntax("a chunk's size is too long") }
      size = (state == .sizeStart ? 0 : size) << 4 | Int(digit)
      state = .size
      return
    }
    guard state == .size else { throw .syntax("a chunk without a size") }
    switch byte {
    case 0x0D: state = .sizeLineFeed
    case UInt8(ascii: ";"): state = .chunkExtension
    default: throw .syntax("a chunk's size is broken")
    }
  }

  private func expect(_ byte: UInt8, _ expected: UInt8) throws(HTTPError) {
    guard byte == expected else { throw .syntax("the chunked coding is broken") }
  }

  private mutating func ignore(_ byte: UInt8, _ isAllowed: Bool) throws(HTTPError) {
    guard isAllowed else { throw .syntax("the chunked coding is broken") }
    ignored += 1
    guard ignored <= HTTPChunkedDecoder.maxIgnoredBytes else {
      throw HTTPError(.fieldsTooLarge, "chunk extensions or trailers are too large")
    }
  }
}
