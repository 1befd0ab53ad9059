import Bytes

extension WebSocketDecoder {
  /// The next message, where it is one plain frame that lies whole in the input from `offset` on, as nearly all do. It
  /// is judged as `next(in:from:)` would judge it, and `offset` is moved behind it. Nil, with nothing changed, for
  /// whatever else lies there: `next(in:from:)` tells of that.
  package mutating func nextWhole(
    in input: UnsafeMutableRawBufferPointer, from offset: inout Int
  ) -> WebSocketEvent? {
    let left = input.count &- offset
    guard stage == .header, message == .continuation, partialHeaderCount == 0, handedOut == .nothing, left >= 2,
      let frame = input.baseAddress.map({ $0 + offset })
    else { return nil }
    let first = frame.load(as: UInt8.self)
    let second = frame.load(fromByteOffset: 1, as: UInt8.self)
    let isMasked = second & 0x80 != 0
    guard first == Self.wholeText || first == Self.wholeBinary, isMasked == (role == .server) else { return nil }

    var length = Int(second & 0x7F)
    var size = isMasked ? 6 : 2
    if length > 125 {
      guard length == 126, left >= 4 else { return nil }
      length = Int(UInt16(bigEndian: frame.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
      guard length > 125 else { return nil }
      size = isMasked ? 8 : 4
    }
    guard left >= size &+ length, length <= maxMessageBytes else { return nil }

    let payload = UnsafeMutableRawBufferPointer(start: frame + size, count: length)
    let isText = first == Self.wholeText
    if isMasked {
      let key = frame.loadUnaligned(fromByteOffset: size &- 4, as: UInt32.self)
      var mask = WebSocketMask(key: key)
      let mayBeInvalid = mask.apply(to: payload) != 0
      if isText, mayBeInvalid, !UTF8Bytes.isValid(UnsafeRawBufferPointer(payload).bytes) {
        // Masking twice gives the bytes again.
        mask = WebSocketMask(key: key)
        mask.apply(to: payload)
        return nil
      }
    } else if isText, !UTF8Bytes.isValid(UnsafeRawBufferPointer(payload).bytes) {
      return nil
    }
    offset &+= size &+ length
    frameCount &+= 1
    return WebSocketEvent(isText ? .text : .binary, UnsafeRawBufferPointer(payload))
  }

  // First bytes: the last frame of a message, no reserved bit, the opcode.
  private static var wholeText: UInt8 { 0x80 | WebSocketOpcode.text.rawValue }
  private static var wholeBinary: UInt8 { 0x80 | WebSocketOpcode.binary.rawValue }
}
