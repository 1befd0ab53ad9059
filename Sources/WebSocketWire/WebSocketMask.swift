/// The mask of frames that a client sends (RFC 6455 section 5.3): each byte is combined with one of the key's four by
/// exclusive or, so that masking twice gives the bytes again.
package struct WebSocketMask: Sendable {
  // The key's bytes in the order of the wire, the next one lowest.
  @usableFromInline var key: UInt32

  /// A mask whose key has the given bytes in the order of memory.
  @inlinable
  package init(key: UInt32) { self.key = UInt32(littleEndian: key) }

  /// Masks, or unmasks, the next bytes of a payload in place. Returns a number with a top bit set in one of its bytes
  /// where the result holds a byte that is not ASCII.
  @discardableResult
  package mutating func apply(to bytes: UnsafeMutableRawBufferPointer) -> UInt64 {
    guard let base = bytes.baseAddress else { return 0 }
    let count = bytes.count
    let word = UInt64(key) << 32 | UInt64(key)
    var seen: UInt64 = 0
    var index = 0
    // Unchecked accesses, all below `count`: first blocks that the compiler turns into vectors, then words, then bytes.
    let wide = SIMD4<UInt64>(repeating: word.littleEndian)
    var wideSeen = SIMD4<UInt64>(repeating: 0)
    while count - index >= 32 {
      let plain = base.loadUnaligned(fromByteOffset: index, as: SIMD4<UInt64>.self) ^ wide
      base.storeBytes(of: plain, toByteOffset: index, as: SIMD4<UInt64>.self)
      wideSeen |= plain
      index += 32
    }
    seen = wideSeen[0] | wideSeen[1] | wideSeen[2] | wideSeen[3]
    while count - index >= 8 {
      let plain = base.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ word.littleEndian
      base.storeBytes(of: plain, toByteOffset: index, as: UInt64.self)
      seen |= plain
      index += 8
    }
    // What is left is shorter than a word, and `index` a multiple of four.
    var rest = word
    while index < count {
      let plain = base.load(fromByteOffset: index, as: UInt8.self) ^ UInt8(truncatingIfNeeded: rest)
      base.storeBytes(of: plain, toByteOffset: index, as: UInt8.self)
      seen |= UInt64(plain)
      rest >>= 8
      index += 1
    }
    let turn = UInt32(truncatingIfNeeded: count & 3) * 8
    key = key >> turn | key << ((32 - turn) & 31)
    return seen & 0x8080_8080_8080_8080
  }
}
