import CZlib

/// Compressed bytes that are no DEFLATE stream, or end within a block.
package struct InflateError: Error, Equatable, Sendable {}

/// Decompresses messages of raw DEFLATE (RFC 1951) as permessage-deflate has them (RFC 7692 section 7.2.2), piece by
/// piece, so that its caller can stop at any size.
package struct Inflater: ~Copyable, @unchecked Sendable {
  private enum Part {
    case message, tail, end
  }

  // zlib keeps this address, so it may not move. Nobody else has it: one owner at a time, on whatever thread.
  private let stream: UnsafeMutablePointer<z_stream>
  // The end of the sync flush that the sender has left out.
  private let tail: UnsafeMutablePointer<UInt8>
  private var part = Part.end

  /// A decompressor without a past.
  /// - Parameter windowBits: 8 to 15: how far matches may reach back. 2 to that many bytes are held, and 7 KiB.
  /// - Returns: nil where memory is short, or a parameter is out of bounds.
  package init?(windowBits: Int) {
    guard 8...15 ~= windowBits else { return nil }
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = inflateInit2_(stream, -Int32(windowBits), ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      stream.deallocate()
      return nil
    }
    self.stream = stream
    tail = .allocate(capacity: 4)
    for (index, byte) in [0x00, 0x00, 0xFF, 0xFF].enumerated() { tail[index] = UInt8(byte) }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    tail.deallocate()
  }

  /// Forgets the messages before: a reference to one of them is an error.
  package mutating func reset() { inflateReset(stream) }

  /// Begins a message. The bytes have to stay where they are until `read` has returned 0 or has thrown.
  package mutating func begin(_ message: UnsafeRawBufferPointer) {
    feed(message.assumingMemoryBound(to: UInt8.self).baseAddress, message.count)
    // Senders that flush a compressor without input come to no byte at all for an empty message.
    part = message.isEmpty ? .end : .message
  }

  /// Decompresses the next bytes of the message. Returns how many: fewer than there is room for at its end only, 0 behind
  /// it.
  package mutating func read(into room: UnsafeMutableRawBufferPointer) throws(InflateError) -> Int {
    var count = 0
    let target = room.assumingMemoryBound(to: UInt8.self).baseAddress
    while part != .end, count < room.count {
      stream.pointee.next_out = target.map { $0 + count }
      stream.pointee.avail_out = UInt32(clamping: room.count - count)
      let before = stream.pointee.avail_out
      let status = inflate(stream, Z_SYNC_FLUSH)
      let made = Int(before - stream.pointee.avail_out)
      // The tail is an empty block; what it brings forth belongs to a block that was cut off.
      guard made == 0 || part == .message else { throw InflateError() }
      count += made
      switch status {
      case Z_STREAM_END:
        // A final block need not be the message's last one (RFC 7692 section 7.2.3.4). The window goes on.
        inflateResetKeep(stream)
        if stream.pointee.avail_in == 0 { part = .end }
      case Z_OK, Z_BUF_ERROR:
        if stream.pointee.avail_out > 0 { try advance() }
      default:
        throw InflateError()
      }
    }
    return count
  }

  /// Goes on behind a part that is used up.
  private mutating func advance() throws(InflateError) {
    switch part {
    case .message:
      feed(tail, 4)
      part = .tail
    case .tail:
      // zlib's sign for standing between two blocks, and the number of bits that it holds of a byte.
      guard stream.pointee.data_type & 128 != 0, stream.pointee.data_type & 63 == 0 else { throw InflateError() }
      part = .end
    case .end: break
    }
  }

  private func feed(_ bytes: UnsafePointer<UInt8>?, _ count: Int) {
    stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes)
    stream.pointee.avail_in = UInt32(count)
  }
}
