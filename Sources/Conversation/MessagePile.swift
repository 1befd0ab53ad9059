import JSONWire

/// The message objects of a page. They are written from the newest back, for as long as they fit, and sent in the order
/// of their creation.
struct MessagePile {
  /// How many bytes are left for it: each object takes one beside its own, for the comma.
  private(set) var room: Int
  private var json = JSONWriter()
  private var parts: [Part] = []

  private struct Part {
    let place: Int64
    let bytes: Range<Int>
  }

  init(room: Int, expecting count: Int) {
    self.room = room
    parts.reserveCapacity(count)
    json.bytes.reserveCapacity(min(room, count * 512))
  }

  var isEmpty: Bool { parts.isEmpty }

  /// Adds a message whose content is shown from a byte on.
  /// - Returns: whether it fits; else nothing has changed.
  mutating func add(_ message: Message, from offset: Int = 0) -> Bool {
    let start = json.bytes.count
    write(message, message.content.span.bytes, from: offset, limit: .max)
    guard room >= 0 else {
      room += json.bytes.count - start + 1
      json.bytes.removeLast(json.bytes.count - start)
      parts.removeLast()
      return false
    }
    return true
  }

  /// Adds a message with as much of its content as fits.
  /// - Parameters:
  ///   - content: its content as it stands.
  ///   - offset: where what is shown of that begins.
  ///   - most: what that may take when escaped, in bytes; all of the room where nil.
  /// - Returns: how far the content is shown, in bytes from its beginning.
  mutating func begin(_ message: Message, _ content: RawSpan, from offset: Int = 0, most: Int? = nil) -> Int {
    let limit = max(0, min(most ?? room, room - 1 - message.fieldBytes))
    return offset + write(message, content, from: offset, limit: limit)
  }

  /// Whether a message would show some of its content, if it were begun.
  func hasRoom(toBegin message: Message) -> Bool { room - 1 - message.fieldBytes > 0 }

  @discardableResult
  private mutating func write(
    _ message: Message, _ content: RawSpan, from offset: Int, limit: Int
  ) -> Int {
    let start = json.bytes.count
    // Each is written as if it were the first: the commas come when they are put together.
    json.startAnew()
    let written = json.message(
      message, content: content.extracting(offset..<content.byteCount), offset: offset,
      length: content.byteCount, limit: limit)
    parts.append(Part(place: message.createdVersion, bytes: start..<json.bytes.count))
    room -= json.bytes.count - start + 1
    return written
  }

  /// Writes all of them as a list.
  func write(to frame: inout JSONWriter) {
    frame.bytes.reserveCapacity(frame.bytes.count + json.bytes.count + parts.count + 64)
    frame.beginArray()
    for part in parts.sorted(by: { $0.place < $1.place }) {
      frame.raw(json.bytes.span.bytes.extracting(part.bytes))
    }
    frame.endArray()
  }
}
