import CZlib

/// Compresses messages to raw DEFLATE (RFC 1951) as permessage-deflate wants them (RFC 7692 section 7.2.1): each ends
/// with a sync flush whose last four bytes are left out.
package struct Deflater: ~Copyable, @unchecked Sendable {
  // zlib keeps this address, so it may not move. Nobody else has it: one owner at a time, on whatever thread.
  private let stream: UnsafeMutablePointer<z_stream>

  /// A compressor without a past.
  /// - Parameters:
  ///   - level: 1, the fastest, to 9, the smallest.
  ///   - windowBits: 9 to 15: matches reach back 2 to that many bytes. zlib makes no raw streams for 8.
  ///     2^(windowBits+2) + 2^(max(windowBits, 12)+2) bytes are held.
  /// - Returns: nil where memory is short, or a parameter is out of bounds.
  package init?(level: Int, windowBits: Int) {
    guard 9...15 ~= windowBits else { return nil }
    // Each time that the window has gone by, zlib goes through all of its hash table: that may not be much larger than
    // the window, or a client could ask for a small one and have 100 bytes of table touched for each byte it is sent.
    let memoryLevel = max(windowBits, 12) - 7
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = deflateInit2_(
      stream, Int32(level), Z_DEFLATED, -Int32(windowBits), Int32(memoryLevel), Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      stream.deallocate()
      return nil
    }
    self.stream = stream
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  /// Forgets the messages before: the next one refers to none of them.
  package mutating func reset() { deflateReset(stream) }

  /// Appends a message of 1 byte to 4 GiB, compressed.
  package mutating func compress(_ message: RawSpan, to output: inout [UInt8]) {
    message.withUnsafeBytes { compress($0, &output) }
    // The flush's empty block without its last bytes, 00 00 FF FF, which the reader adds (RFC 7692 section 7.2.1).
    output.removeLast(4)
  }

  private func compress(_ message: UnsafeRawBufferPointer, _ output: inout [UInt8]) {
    stream.pointee.next_in = UnsafeMutablePointer(mutating: message.assumingMemoryBound(to: UInt8.self).baseAddress)
    stream.pointee.avail_in = UInt32(message.count)
    // Mostly enough at once; what is too much costs no more than being cleared.
    var room = min(message.count + 32, 64 * 1024)
    repeat {
      let start = output.count
      output.append(contentsOf: repeatElement(0, count: room))
      output.withUnsafeMutableBufferPointer { output in
        stream.pointee.next_out = output.baseAddress.map { $0 + start }
        stream.pointee.avail_out = UInt32(room)
        // Its only failures are calls with wrong arguments, and a call with nothing to do.
        _ = deflate(stream, Z_SYNC_FLUSH)
      }
      room = 64 * 1024
    } while stream.pointee.avail_out == 0
    output.removeLast(Int(stream.pointee.avail_out))
  }
}
