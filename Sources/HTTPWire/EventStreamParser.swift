/// An event of a `text/event-stream`.
package struct EventStreamEvent: Sendable, Equatable {
  /// `message` where the sender names none.
  package var type: String
  /// The data as it came, its lines joined by LF. It is meant to be UTF-8 and may be anything.
  package var data: [UInt8]

  package init(type: String = "message", data: [UInt8]) {
    self.type = type
    self.data = data
  }

  /// The data as text, with U+FFFD for what is no UTF-8.
  package var text: String { String(decoding: data, as: UTF8.self) }
}

/// An event, or a line, is longer than the parser takes.
package struct EventStreamError: Error, Equatable {
  package init() {}
}

/// Parses server-sent events (WHATWG HTML section 9.2.6) in pieces of any size, in linear time and bounded memory.
/// Lines end with LF, CR LF or CR; a byte-order mark at the beginning is passed over. Nothing is decoded before an event
/// is whole, so that a piece may end within a character.
package struct EventStreamParser: Sendable {
  /// The id that the sender gave last; a client that comes again names it (`Last-Event-ID`).
  package private(set) var lastEventID = ""
  /// How long the sender asks clients to wait before they come again, in milliseconds.
  package private(set) var retryMilliseconds: UInt64?

  private let limit: Int
  /// The line that has begun.
  private var line: [UInt8] = []
  private var type = ""
  private var data: [UInt8] = []
  private var hasData = false
  /// Whether the last byte was a CR, of which a LF may be the second half.
  private var endedWithCR = false
  /// How many bytes of the mark at the beginning have come; nil: that is behind.
  private var mark: Int? = 0

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// A parser at the start of a stream.
  /// - Parameter limit: the longest event, in bytes of its lines.
  package init(limit: Int = 1024 * 1024) {
    self.limit = limit
  }

  /// Takes the next bytes of the stream, and appends the events that end within them.
  /// - Throws: where an event is too long; the parser is then of no further use.
  package mutating func parse(
    _ bytes: [UInt8], into events: inout [EventStreamEvent]
  ) throws(EventStreamError) {
    var start = 0
    if mark != nil { start = skipMark(bytes) }
    while start < bytes.count {
      if endedWithCR {
        endedWithCR = false
        if bytes[start] == 0x0A {
          start += 1
          continue
        }
      }
      let end = bytes[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
      guard line.count + data.count + (end - start) <= limit else { throw EventStreamError() }
      guard end < bytes.count else {
        line += bytes[start...]
        return
      }
      if line.isEmpty {
        take(bytes[start..<end], &events)
      } else {
        line += bytes[start..<end]
        take(line[...], &events)
        line.removeAll(keepingCapacity: true)
      }
      endedWithCR = bytes[end] == 0x0D
      start = end + 1
    }
  }

  /// The event that has begun at the end of the stream: some senders forget the blank line behind their last one. What
  /// was cut off in the middle comes out here too.
  package mutating func finish() -> EventStreamEvent? {
    var events: [EventStreamEvent] = []
    if !line.isEmpty { take(line[...], &events) }
    line = []
    take([], &events)
    return events.first
  }

  /// Passes over what has come of the mark. What only looked like one begins the first line.
  private mutating func skipMark(_ bytes: [UInt8]) -> Int {
    var place = 0
    while let seen = mark, place < bytes.count {
      guard seen < Self.byteOrderMark.count, bytes[place] == Self.byteOrderMark[seen] else {
        if seen < Self.byteOrderMark.count { line += Self.byteOrderMark.prefix(seen) }
        mark = nil
        break
      }
      mark = seen + 1
      place += 1
    }
    if mark == Self.byteOrderMark.count { mark = nil }
    return place
  }

  private mutating func take(_ line: ArraySlice<UInt8>, _ events: inout [EventStreamEvent]) {
    guard !line.isEmpty else { return dispatch(&events) }
    let colon = line.firstIndex(of: UInt8(ascii: ":"))
    // A comment.
    if colon == line.startIndex { return }
    let name = line[..<(colon ?? line.endIndex)]
    var value = line[(colon.map { $0 + 1 } ?? line.endIndex)...]
    if value.first == 0x20 { value = value.dropFirst() }
    if name.elementsEqual("data".utf8) {
      if hasData { data.append(0x0A) }
      data += value
      hasData = true
    } else if name.elementsEqual("event".utf8) {
      type = String(decoding: value, as: UTF8.self)
    } else if name.elementsEqual("id".utf8) {
      if !value.contains(0) { lastEventID = String(decoding: value, as: UTF8.self) }
    } else if name.elementsEqual("retry".utf8) {
      if !value.isEmpty, value.allSatisfy({ $0 &- 0x30 < 10 }) {
        retryMilliseconds = UInt64(String(decoding: value, as: UTF8.self)) ?? retryMilliseconds
      }
    }
  }

  /// An event without data is none.
  private mutating func dispatch(_ events: inout [EventStreamEvent]) {
    if hasData { events.append(EventStreamEvent(type: type.isEmpty ? "message" : type, data: data)) }
    type = ""
    data.removeAll(keepingCapacity: false)
    hasData = false
  }
}
