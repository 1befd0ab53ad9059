import Bytes
import Deflate

/// What the connections of one loop share to compress and decompress: a compressor, a decompressor, and the memory that
/// a message is decompressed to.
package final class WebSocketDeflatePool {
  /// What is kept of the memory for decompressed messages, in bytes.
  static let keptBytes = 64 * 1024

  private let settings: WebSocketDeflateSettings
  private var deflater: Deflater?
  // For peers that have asked for a small window: of the smallest size, which suits all of them.
  private var narrowDeflater: Deflater?
  private var inflater: Inflater?
  private var output = GatherBuffer()

  package init(_ settings: WebSocketDeflateSettings) { self.settings = settings }

  /// Appends a message as one frame, compressed where that is allowed and makes it smaller.
  package func append(
    _ opcode: WebSocketOpcode, _ payload: RawSpan, for context: inout WebSocketDeflateContext?, maskKey: UInt32? = nil,
    to output: inout [UInt8]
  ) {
    if payload.byteCount > 0, payload.byteCount >= settings.threshold,
      let bits = context?.sendingBits, let keepsContext = context?.sendsWithContext
    {
      let frame = Frame(opcode: opcode, maskKey: maskKey, keepsContext: keepsContext)
      if keepsContext {
        let bits = min(Int(bits), settings.contextWindowBits)
        let isDone = context?.withDeflater { append(frame, payload, &$0, bits, &output) }
        if isDone == true { return }
      } else if bits == 15 {
        if append(frame, payload, &deflater, 15, &output) { return }
      } else if append(frame, payload, &narrowDeflater, 9, &output) {
        return
      }
    }
    WebSocketEncoder.append(opcode, payload, maskKey: maskKey, to: &output)
  }

  /// The message as it was before it was compressed; others are handed back. It lies in memory of the pool's then, valid
  /// until its next call. `limit` is the largest message, in bytes; no more than that is ever decompressed. Throws with
  /// 1007 for what is broken or no UTF-8, and 1009 for what is too big.
  package func decompress(
    _ event: WebSocketEvent, for context: inout WebSocketDeflateContext?, limit: Int
  ) throws(WebSocketError) -> WebSocketEvent {
    guard event.isCompressed, let bits = context?.receivingBits, let keepsContext = context?.receivesWithContext
    else { return event }
    trim()
    if keepsContext {
      try context?.withInflater { inflater throws(WebSocketError) in
        try decompress(event, &inflater, Int(bits), keepsContext: true, limit)
      }
    } else {
      try decompress(event, &inflater, 15, keepsContext: false, limit)
    }
    return WebSocketEvent(event.kind, output.bytes())
  }

  /// The memory that is held for decompressed messages, in bytes.
  package var heldBytes: Int { output.capacity }

  /// Gives back the memory of a large message. To be called once it has been used.
  package func trim() { output.truncate(to: 0, keeping: Self.keptBytes) }

  private struct Frame {
    let opcode: WebSocketOpcode
    let maskKey: UInt32?
    let keepsContext: Bool
  }

  /// False where nothing has been appended: no memory, or nothing gained.
  private func append(
    _ frame: Frame, _ payload: RawSpan, _ deflater: inout Deflater?, _ windowBits: Int,
    _ output: inout [UInt8]
  ) -> Bool {
    if deflater == nil {
      deflater = Deflater(level: settings.level, windowBits: windowBits)
    } else if !frame.keepsContext {
      deflater?.reset()
    }
    guard deflater != nil else { return false }
    let start = output.count
    WebSocketEncoder.append(frame.opcode, isCompressed: true, maskKey: frame.maskKey, to: &output) { output in
      deflater?.compress(payload, to: &output)
    }
    // What the peer has to know for later messages is sent compressed in any case.
    let plain = WebSocketEncoder.headerLength(payload: payload.byteCount, isMasked: frame.maskKey != nil)
    if frame.keepsContext || output.count - start < plain + payload.byteCount { return true }
    output.removeLast(output.count - start)
    return false
  }

  private func decompress(
    _ event: WebSocketEvent, _ inflater: inout Inflater?, _ windowBits: Int, keepsContext: Bool, _ limit: Int
  ) throws(WebSocketError) {
    if inflater == nil {
      inflater = Inflater(windowBits: windowBits)
    } else if !keepsContext {
      inflater?.reset()
    }
    guard inflater != nil else { throw WebSocketError(.internalError, "no memory to decompress a message") }
    inflater?.begin(event.payload)
    var validator = UTF8Validator()
    while true {
      let piece = try read(&inflater, limit)
      if piece.isEmpty { break }
      guard output.count <= limit else { throw WebSocketError(.tooBig, "a message is larger than \(limit) bytes") }
      guard event.kind != .text || validator.accept(piece.bytes) else {
        throw WebSocketError(.invalidData, "a text message is not UTF-8")
      }
    }
    guard validator.isComplete else {
      throw WebSocketError(.invalidData, "a text message ends within a character")
    }
  }

  /// The next piece of the message, small enough to be in the processor's cache when it is checked.
  private func read(_ inflater: inout Inflater?, _ limit: Int) throws(WebSocketError) -> UnsafeRawBufferPointer {
    let start = output.count
    do {
      // One byte above the limit shows that there is more.
      try output.fill(atMost: min(32 * 1024, limit + 1 - start), expected: limit + 1) { room throws(InflateError) in
        try inflater?.read(into: room) ?? 0
      }
    } catch {
      throw WebSocketError(.invalidData, "a compressed message is broken")
    }
    return output.bytes(from: start)
  }
}
