/// The `message.delta` frames that were encoded since there was more to be shown last, by their places: all readers that
/// come to the same place are given the same bytes, in whichever order they come.
struct DeltaFrames {
  private struct Place: Hashable {
    let message: MessageID
    let offset: Int
    let end: Int
  }

  struct Frame {
    let bytes: [UInt8]
    /// How much of the answer it holds, in bytes.
    let consumed: Int
  }

  private var frames: [Place: Frame] = [:]
  private var size = 0

  /// The frame with what of an answer may be shown from an offset on, as far as that fits.
  /// - Parameter isShared: whether others may come to the same place.
  mutating func frame(of buffer: AnswerBuffer, from offset: Int, _ limits: Limits, isShared: Bool) -> Frame {
    guard isShared else { return Self.encode(buffer, from: offset, limits) }
    let place = Place(message: buffer.message, offset: offset, end: buffer.shown)
    if let known = frames[place] { return known }
    let frame = Self.encode(buffer, from: offset, limits)
    // Readers that are slow at many places must not cost more than the answer itself.
    if size + frame.bytes.count > limits.answerBytes { forget() }
    frames[place] = frame
    size += frame.bytes.count
    return frame
  }

  private static func encode(_ buffer: AnswerBuffer, from offset: Int, _ limits: Limits) -> Frame {
    let text = buffer.bytes
    let (bytes, consumed) = ServerFrame.delta(
      message: buffer.message, offset: offset, text: text.span.bytes.extracting(offset..<buffer.shown),
      limit: limits.frameBytes)
    return Frame(bytes: bytes, consumed: consumed)
  }

  /// Nobody comes to these places any more.
  mutating func forget() {
    guard !frames.isEmpty else { return }
    frames.removeAll(keepingCapacity: frames.count <= 8)
    size = 0
  }
}
