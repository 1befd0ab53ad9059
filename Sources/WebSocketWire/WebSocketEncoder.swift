import Bytes

/// Writes frames (RFC 6455 section 5.2). A server's are not masked; a client gives a mask key, whose bytes in the order
/// of memory go on the wire.
package enum WebSocketEncoder {
  /// The longest header.
  package static var maxHeaderBytes: Int { 14 }

  /// The size of a header before a payload of so many bytes.
  @inlinable
  package static func headerLength(payload length: Int, isMasked: Bool = false) -> Int {
    (length <= 125 ? 2 : length <= 0xFFFF ? 4 : 10) + (isMasked ? 4 : 0)
  }

  /// Writes a header to memory that has room for `headerLength(payload:isMasked:)` bytes. Returns its size.
  /// `isCompressed` sets RSV1, where the handshake has agreed on it.
  @discardableResult
  @inline(__always)
  package static func writeHeader(
    _ opcode: WebSocketOpcode, length: Int, isFinal: Bool = true, isCompressed: Bool = false, maskKey: UInt32? = nil,
    to target: UnsafeMutableRawPointer
  ) -> Int {
    let first = opcode.rawValue | (isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0)
    let maskBit: UInt8 = maskKey == nil ? 0 : 0x80
    var size = 2
    target.storeBytes(of: first, as: UInt8.self)
    if length <= 125 {
      target.storeBytes(of: UInt8(length) | maskBit, toByteOffset: 1, as: UInt8.self)
    } else if length <= 0xFFFF {
      target.storeBytes(of: 126 | maskBit, toByteOffset: 1, as: UInt8.self)
      target.storeBytes(of: UInt16(length).bigEndian, toByteOffset: 2, as: UInt16.self)
      size = 4
    } else {
      target.storeBytes(of: 127 | maskBit, toByteOffset: 1, as: UInt8.self)
      target.storeBytes(of: UInt64(length).bigEndian, toByteOffset: 2, as: UInt64.self)
      size = 10
    }
    if let maskKey {
      target.storeBytes(of: maskKey, toByteOffset: size, as: UInt32.self)
      size += 4
    }
    return size
  }

  /// Appends a header.
  package static func appendHeader(
    _ opcode: WebSocketOpcode, length: Int, isFinal: Bool = true, isCompressed: Bool = false, maskKey: UInt32? = nil,
    to output: inout [UInt8]
  ) {
    if length <= 125, maskKey == nil {
      // The usual one.
      output.append(opcode.rawValue | (isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0))
      return output.append(UInt8(length))
    }
    withUnsafeTemporaryAllocation(byteCount: maxHeaderBytes, alignment: 8) { header in
      guard let target = header.baseAddress else { return }
      let size = writeHeader(
        opcode, length: length, isFinal: isFinal, isCompressed: isCompressed, maskKey: maskKey, to: target)
      output.append(contentsOf: UnsafeRawBufferPointer(start: target, count: size))
    }
  }

  /// Appends a frame as a server sends nearly all: whole, not compressed, not masked.
  package static func append(_ opcode: WebSocketOpcode, _ payload: RawSpan, to output: inout [UInt8]) {
    append(opcode, payload, isFinal: true, isCompressed: false, maskKey: nil, to: &output)
  }

  /// Appends a frame.
  @inline(__always)
  package static func append(
    _ opcode: WebSocketOpcode, _ payload: RawSpan, isFinal: Bool = true, isCompressed: Bool = false,
    maskKey: UInt32? = nil, to output: inout [UInt8]
  ) {
    let length = payload.byteCount
    let size = headerLength(payload: length, isMasked: maskKey != nil) + length
    output.append(addingCapacity: size) { room in
      room.withUnsafeMutableBufferPointer { bytes, count in
        guard let target = UnsafeMutableRawPointer(bytes.baseAddress) else { return }
        let header = writeHeader(
          opcode, length: length, isFinal: isFinal, isCompressed: isCompressed, maskKey: maskKey, to: target)
        payload.withUnsafeBytes { payload in
          if let source = payload.baseAddress { (target + header).copyMemory(from: source, byteCount: length) }
        }
        count = size
      }
    }
    if let maskKey { mask(&output, from: output.count - length, maskKey) }
  }

  /// Appends a frame whose payload `write` appends: nothing is copied from a buffer in between. The bytes that were
  /// there before are not to be touched.
  package static func append(
    _ opcode: WebSocketOpcode, isFinal: Bool = true, isCompressed: Bool = false, maskKey: UInt32? = nil,
    to output: inout [UInt8], payload write: (inout [UInt8]) -> Void
  ) {
    let frame = output.count
    // Room for the header of a payload between 126 and 65,535 bytes, the usual case; the others move the payload.
    let room = headerLength(payload: 126, isMasked: maskKey != nil)
    output.append(contentsOf: repeatElement(0, count: room))
    write(&output)
    let length = output.count - frame - room
    let size = headerLength(payload: length, isMasked: maskKey != nil)
    if size < room {
      output.removeSubrange(frame..<frame + room - size)
    } else if size > room {
      output.insert(contentsOf: repeatElement(0, count: size - room), at: frame)
    }
    output.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      writeHeader(
        opcode, length: length, isFinal: isFinal, isCompressed: isCompressed, maskKey: maskKey, to: base + frame)
    }
    if let maskKey { mask(&output, from: frame + size, maskKey) }
  }

  /// Appends a close frame. A reason longer than the 123 bytes that fit is cut between two scalars.
  package static func appendClose(
    _ code: WebSocketCloseCode?, reason: String = "", maskKey: UInt32? = nil, to output: inout [UInt8]
  ) {
    append(.close, maskKey: maskKey, to: &output) { output in
      guard let code else { return }
      output.append(UInt8(truncatingIfNeeded: code.rawValue >> 8))
      output.append(UInt8(truncatingIfNeeded: code.rawValue))
      let utf8 = Array(reason.utf8)
      output.append(contentsOf: utf8[..<UTF8Bytes.boundary(atOrBefore: 123, in: utf8.span.bytes)])
    }
  }

  private static func mask(_ output: inout [UInt8], from start: Int, _ key: UInt32) {
    output.withUnsafeMutableBytes { bytes in
      var mask = WebSocketMask(key: key)
      mask.apply(to: UnsafeMutableRawBufferPointer(rebasing: bytes[start...]))
    }
  }
}
