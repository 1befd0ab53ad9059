import WebSocketWire

/// Frames of either side: whatever the cuts, the same events and the same error; each event within its bounds; no memory
/// held between messages; and each event the same when it is encoded and decoded again.
func checkWebSocketFrames(_ input: inout FuzzInput) {
  let plan = input.plan()
  let limit = plan.hasNarrowLimits ? 16 : 1 << 16
  let stream = input.remainder()
  let outcomes = plan.cuts(of: stream).map { readFrames($0, plan, limit) }
  for outcome in outcomes { demand(outcome == outcomes[0], "cuts change \(outcomes[0]) to \(outcome)") }
  for frame in outcomes[0].frames {
    checkFrame(frame, limit)
    let again = readFrames([frame.encoded(maskKey: plan.isClient ? nil : 0x1234_5678)], plan, limit * 2 + 64)
    demand(again == Frames(frames: [frame]), "\(frame) comes back as \(again)")
  }
}

/// An event with a payload of its own.
private struct Frame: Equatable {
  var kind: WebSocketEvent.Kind
  var payload: [UInt8]
  var isCompressed: Bool
  var closeCode: WebSocketCloseCode

  func encoded(maskKey: UInt32?) -> [UInt8] {
    var output: [UInt8] = []
    let opcode: WebSocketOpcode
    switch kind {
    case .text: opcode = .text
    case .binary: opcode = .binary
    case .ping: opcode = .ping
    case .pong: opcode = .pong
    case .close:
      let code = closeCode == .noStatus ? nil : closeCode
      WebSocketEncoder.appendClose(
        code, reason: String(decoding: payload, as: UTF8.self), maskKey: maskKey, to: &output)
      return output
    }
    WebSocketEncoder.append(opcode, payload.span.bytes, isCompressed: isCompressed, maskKey: maskKey, to: &output)
    return output
  }
}

private struct Frames: Equatable {
  var frames: [Frame] = []
  var error: WebSocketError?
}

private func readFrames(_ pieces: [[UInt8]], _ plan: FuzzPlan, _ limit: Int) -> Frames {
  var decoder = WebSocketDecoder(
    role: plan.isClient ? .client : .server, maxMessageBytes: limit, allowsCompression: plan.hasOption)
  var result = Frames()
  for var piece in pieces {
    let bytes = piece.count
    do throws(WebSocketError) {
      let consumed = try piece.withUnsafeMutableBufferPointer { (bytes) throws(WebSocketError) in
        try decoder.process(UnsafeMutableRawBufferPointer(bytes)) { event, payload in
          demand(!result.frames.contains { $0.kind == .close }, "\(event.kind) after a close")
          let copy = payload.withUnsafeBytes { Array($0) }
          result.frames.append(
            Frame(kind: event.kind, payload: copy, isCompressed: event.isCompressed, closeCode: event.closeCode))
          return .proceed
        }
      }
      demand(consumed == bytes, "\(bytes - consumed) bytes are left")
    } catch {
      demand(decoder.isClosed && !decoder.holdsMemory, "an error leaves the decoder open or with memory")
      result.error = error
      return result
    }
    demand(decoder.isInsideMessage || !decoder.holdsMemory, "memory is held between messages")
  }
  return result
}

private func checkFrame(_ frame: Frame, _ limit: Int) {
  let isText = frame.kind == .text && !frame.isCompressed || frame.kind == .close
  demand(!isText || String(validating: frame.payload, as: UTF8.self) != nil, "text that is not UTF-8")
  switch frame.kind {
  case .text, .binary:
    let largest = frame.isCompressed ? limit + limit / 8 + 64 : limit
    demand(frame.payload.count <= largest, "a message of \(frame.payload.count) bytes")
  case .ping, .pong: demand(frame.payload.count <= 125, "a control frame of \(frame.payload.count) bytes")
  case .close:
    demand(frame.payload.count <= 123, "a reason of \(frame.payload.count) bytes")
    demand(frame.closeCode == .noStatus || frame.closeCode.isAllowedInFrame, "close code \(frame.closeCode)")
  }
}
