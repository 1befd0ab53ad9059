import Deflate
import WebSocketWire

/// Any bytes as a compressed message: the same output, or an error, whatever the room that is given; through the pool
/// never more than the limit, and the same judgement as without it.
func checkInflate(_ input: inout FuzzInput) {
  let plan = input.plan()
  let limit = plan.hasNarrowLimits ? 30 : 4096
  let message = input.remainder()
  let whole = inflate(message, rooms: [4096])
  // Where the rest is left unread, whether it is broken is seen in one way and not in the other.
  if whole?.count ?? 0 < most {
    demand(inflate(message, rooms: plan.lengths + [7]) == whole, "the room that is given changes the result")
  }
  if let whole, whole.count < most { checkEnd(of: message, whole) }

  var frame: [UInt8] = []
  WebSocketEncoder.append(.binary, message.span.bytes, isCompressed: true, maskKey: 0, to: &frame)
  var settings = WebSocketDeflateSettings()
  settings.isEnabled = true
  let pool = WebSocketDeflatePool(settings)
  let agreed = WebSocketDeflate(serverKeepsContext: plan.hasOption, clientKeepsContext: plan.hasOption)
  var context: WebSocketDeflateContext? = WebSocketDeflateContext(agreed, role: .server)
  // The second time the decompressor is one that has had a past.
  for _ in 0..<2 {
    let received = Result { () throws(WebSocketError) in try receive(frame, pool, &context, limit) }
    switch received {
    case .success(let output):
      demand(output.count <= limit, "\(output.count) bytes, beyond \(limit)")
      demand(output == whole || plan.hasOption, "the pool reads it differently")
    case .failure(let error) where error.closeCode == .tooBig:
      demand(whole.map { $0.count > limit } ?? true || plan.hasOption, "refused as too big")
    case .failure(let error):
      demand(error.closeCode == .invalidData, "\(error)")
      demand(whole == nil || plan.hasOption, "refused as broken")
    }
    // A connection is closed by an error, and its context not used again.
    if case .failure = received, plan.hasOption { return }
  }
}

/// What was taken as whole ends between two blocks: a block of one `x` behind it is read as such. Behind a final block the
/// sender may have left out the byte that the tail belongs to (RFC 7692 section 7.2.3.4).
private func checkEnd(of message: [UInt8], _ output: [UInt8]) {
  let block: [UInt8] = [0x00, 0x01, 0x00, 0xFE, 0xFF, UInt8(ascii: "x"), 0x00]
  let tails: [[UInt8]] = [[0x00, 0x00, 0xFF, 0xFF], [0x00, 0x00, 0x00, 0xFF, 0xFF]]
  let isBetween = tails.contains { inflate(message + $0 + block, rooms: [4096]) == output + [UInt8(ascii: "x")] }
  demand(isBetween, "a message that ends within a block is taken")
}

/// How much of a message is decompressed in comparisons, in bytes.
private let most = 1 << 16

/// The decompressed message, up to `most` of it; nil where it is broken.
private func inflate(_ message: [UInt8], rooms: [Int]) -> [UInt8]? {
  guard var inflater = Inflater(windowBits: 15) else { return nil }
  return message.withUnsafeBytes { message in
    inflater.begin(message)
    var output: [UInt8] = []
    for turn in 0... {
      let room = max(1, rooms[min(turn, rooms.count - 1)])
      var bytes = [UInt8](repeating: 0, count: room)
      guard let count = try? bytes.withUnsafeMutableBytes({ try inflater.read(into: $0) }) else { return nil }
      demand(count <= room, "\(count) bytes in room for \(room)")
      output += bytes[..<count]
      if count == 0 || output.count >= most { break }
    }
    return Array(output.prefix(most))
  }
}

/// Takes one frame in, as a connection does.
func receive(
  _ frame: [UInt8], _ pool: WebSocketDeflatePool, _ context: inout WebSocketDeflateContext?, _ limit: Int,
  role: WebSocketDecoder.Role = .server
) throws(WebSocketError) -> [UInt8] {
  var frame = frame
  // Compressed, it may be larger than its limit.
  var decoder = WebSocketDecoder(role: role, maxMessageBytes: frame.count, allowsCompression: true)
  var events = 0
  let output = try frame.withUnsafeMutableBufferPointer { (bytes) throws(WebSocketError) -> [UInt8] in
    var offset = 0
    guard let event = try decoder.next(in: UnsafeMutableRawBufferPointer(bytes), from: &offset) else { return [] }
    events += 1
    return Array(try pool.decompress(event, for: &context, limit: limit).payload)
  }
  demand(events == 1, "one frame makes \(events) events")
  return output
}
