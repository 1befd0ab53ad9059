/// Giving readers what they lack: events in the order of their versions, and between them the bytes of the answer that is
/// streaming, as far as they may be shown, merged into as few frames as they need.
extension LiveSession {
  /// Hands out frames to a reader until it has everything, or `emit` wants no more.
  /// - Parameter emit: takes one frame; false ends the filling.
  package func fill(_ reader: Reader, _ emit: ([UInt8]) -> Bool) {
    while let frame = nextFrame(for: reader) {
      guard emit(frame) else { break }
    }
  }

  /// Whether the reader lacks nothing that may be shown.
  package func isComplete(_ reader: Reader) -> Bool {
    reader.isServed
      || reader.tails.isEmpty && reader.version == version
        && (reader.streaming.map { reader.offset >= $0.shown } ?? true)
        && reader.isToldOfTyping == sees(typing: reader)
  }

  /// Whether a reader that stays for an answer has been given it to its end, or all there is where no answer comes.
  package func hasServed(_ reader: Reader) -> Bool {
    guard let question = reader.question, reader.isWelcomed else { return false }
    // An end that was committed behind what another node has done is told behind that.
    return reader.isServed || isComplete(reader) && !isPending(question) && !wantsNews && !isFollowing
  }

  private func isPending(_ question: MessageID) -> Bool {
    accepting[question] != nil || run?.question.id == question || waiting.contains { $0.id == question }
      || elsewhere.contains { $0.id == question }
  }

  private func nextFrame(for reader: Reader) -> [UInt8]? {
    if reader.isServed { return nil }
    if !reader.tails.isEmpty { return nextTail(for: reader) }
    if reader.version < version {
      // Versions are consecutive, so that an event's place follows from its version.
      guard let first = events.first, reader.version + 1 >= first.version else {
        act(.close(reader, .overloaded))
        return nil
      }
      let event = events[Int(reader.version + 1 - first.version)]
      if let buffer = event.ends, reader.streaming === buffer {
        if reader.offset < buffer.shown { return delta(of: buffer, for: reader) }
        reader.streaming = nil
      }
      reader.version = event.version
      if let question = event.answers, question == reader.question { reader.isServed = true }
      if let begun = event.begins {
        reader.streaming = begun
        reader.offset = 0
      }
      if let answer = event.answer, answer.reader === reader { return answer.frame }
      return event.frame
    }
    guard let buffer = reader.streaming, reader.offset < buffer.shown else { return nextTyping(for: reader) }
    return delta(of: buffer, for: reader)
  }

  private func delta(of buffer: AnswerBuffer, for reader: Reader) -> [UInt8] {
    let frame = deltas.frame(of: buffer, from: reader.offset, limits, isShared: readers.count > 1)
    reader.offset += frame.consumed
    return frame.bytes
  }

  private func nextTail(for reader: Reader) -> [UInt8] {
    let tail = reader.tails[0]
    let (frame, consumed) = ServerFrame.delta(
      message: tail.message, offset: tail.offset,
      text: tail.content.span.bytes.extracting(tail.offset..<tail.content.count), limit: limits.frameBytes)
    reader.wasGiven(consumed)
    return frame
  }

  /// Forgets the events that every reader was told, and more where a reader is too far behind; and the frames of an
  /// answer that every reader was given.
  package func trimEvents() {
    let told = readers.lazy.map(\.version).min() ?? version
    let excess = Int64(max(0, events.count - Self.mostEvents))
    if let first = events.first {
      let done = max(told - first.version + 1, excess)
      if done > 0 { events.removeFirst(min(Int(done), events.count)) }
    }
    if readers.allSatisfy({ isComplete($0) }) { deltas.forget() }
  }

  /// So many events are kept for a reader that does not read; then it has to come again with its position.
  private static let mostEvents = 1000
}
