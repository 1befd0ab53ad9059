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
    let seen = bytes.count < 8 ? applyToFew(base, bytes.count) : applyToWords(base, bytes.count)
    let turn = UInt32(truncatingIfNeeded: bytes.count & 3) &* 8
    key = key &>> turn | key &<< (0 &- turn)
    return seen & 0x8080_8080_8080_8080
  }

  private func applyToFew(_ base: UnsafeMutableRawPointer, _ count: Int) -> UInt64 {
    var seen: UInt64 = 0
    var rest = UInt64(key) &<< 32 | UInt64(key)
    for index in 0..<count {
      let plain = base.load(fromByteOffset: index, as: UInt8.self) ^ UInt8(truncatingIfNeeded: rest)
      base.storeBytes(of: plain, toByteOffset: index, as: UInt8.self)
      seen |= UInt64(plain)
      rest &>>= 8
    }
    return seen
  }

  /// For at least 8 bytes. The last word may overlap the one before: it is loaded before that is changed, and stored
  /// behind it.
  private func applyToWords(_ base: UnsafeMutableRawPointer, _ count: Int) -> UInt64 {
    let word = UInt64(key) &<< 32 | UInt64(key)
    let last = count &- 8
    let turn = UInt64(truncatingIfNeeded: last & 3) &* 8
    let turned = word &>> turn | word &<< (0 &- turn)
    let tail = base.loadUnaligned(fromByteOffset: last, as: UInt64.self) ^ turned.littleEndian
    var seen = tail
    var index = 0
    // Unchecked accesses, all below `count`: blocks that the compiler turns into vectors, then words.
    if count >= 64 {
      let wide = SIMD8<UInt64>(repeating: word.littleEndian)
      var wideSeen = SIMD8<UInt64>(repeating: 0)
      while count &- index >= 64 {
        let plain = base.loadUnaligned(fromByteOffset: index, as: SIMD8<UInt64>.self) ^ wide
        base.storeBytes(of: plain, toByteOffset: index, as: SIMD8<UInt64>.self)
        wideSeen |= plain
        index &+= 64
      }
      for place in 0..<8 { seen |= wideSeen[place] }
    }
    while index < last {
      let plain = base.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ word.littleEndian
      base.storeBytes(of: plain, toByteOffset: index, as: UInt64.self)
      seen |= plain
      index &+= 8
    }
    base.storeBytes(of: tail, toByteOffset: last, as: UInt64.self)
    return seen
  }
}
