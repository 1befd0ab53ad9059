import Conversation
import HTTPWire

/// Turns the bytes of a service's answer into what they say. One value is for one answer.
protocol AnswerReader: Sendable {
  /// Takes the next bytes, which may end anywhere.
  mutating func read(_ bytes: [UInt8]) -> [ModelEvent]
  /// The bytes have ended.
  mutating func finish() -> [ModelEvent]
}

/// For server-sent events.
struct EventStreamReader: AnswerReader {
  private var parser: EventStreamParser
  private var decoder: any ModelDecoder

  init(_ decoder: any ModelDecoder, limit: Int = 1024 * 1024) {
    self.decoder = decoder
    parser = EventStreamParser(limit: limit)
  }

  mutating func read(_ bytes: [UInt8]) -> [ModelEvent] {
    var events: [EventStreamEvent] = []
    do throws(EventStreamError) {
      try parser.parse(bytes, into: &events)
    } catch {
      return events.flatMap { decoder.decode($0) } + [.failure(ModelFailure(.garbled, "too long"))]
    }
    return events.flatMap { decoder.decode($0) }
  }

  mutating func finish() -> [ModelEvent] {
    var events: [ModelEvent] = []
    if let last = parser.finish() {
      events = decoder.decode(last)
      // It was cut off within the event: how it ended is told by what is missing.
      if case .failure(let failure)? = events.first, failure.kind == .garbled { events = [] }
    }
    return events + decoder.finish()
  }
}

/// For services that answer with one JSON value.
struct WholeReader: AnswerReader {
  private var decoder: any ModelDecoder
  private var content: [UInt8] = []
  private static let mostBytes = 16 * 1024 * 1024

  init(_ decoder: any ModelDecoder) { self.decoder = decoder }

  mutating func read(_ bytes: [UInt8]) -> [ModelEvent] {
    guard content.count + bytes.count <= Self.mostBytes else { return [.failure(ModelFailure(.garbled, "too long"))] }
    content += bytes
    return []
  }

  mutating func finish() -> [ModelEvent] {
    decoder.decode(EventStreamEvent(data: content)) + decoder.finish()
  }
}
