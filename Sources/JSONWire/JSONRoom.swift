/// Room of a known size at the end of a text, written to without a look at the array for each part: what a page has
/// hundreds of would else cost more in looks than in bytes. The caller writes the punctuation, too.
package struct JSONRoom: ~Copyable {
  private let start: UnsafeMutablePointer<UInt8>
  private let capacity: Int
  fileprivate var count = 0

  fileprivate init(_ start: UnsafeMutablePointer<UInt8>, capacity: Int) {
    self.start = start
    self.capacity = capacity
  }

  /// JSON as it is to stand there.
  @inline(__always)
  package mutating func text(_ text: StaticString) {
    copy(from: text.utf8Start, text.utf8CodeUnitCount)
  }

  /// Characters that need no escapes, in quotes.
  package mutating func quoted(_ ascii: RawSpan) {
    text("\"")
    ascii.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      copy(from: base.assumingMemoryBound(to: UInt8.self), bytes.count)
    }
    text("\"")
  }

  /// A word that needs no escapes, in quotes.
  package mutating func quoted(_ word: String) {
    var word = word
    word.withUTF8 { quoted(UnsafeRawBufferPointer($0).bytes) }
  }

  /// A whole number: 20 bytes at most.
  package mutating func int(_ value: Int64) {
    if value < 0 { text("-") }
    var rest = value.magnitude
    var digits = 1
    var bound: UInt64 = 10
    while rest >= bound {
      digits += 1
      // 20 digits hold every 64-bit number.
      guard digits < 20 else { break }
      bound *= 10
    }
    take(digits)
    for place in stride(from: count - 1, through: count - digits, by: -1) {
      start[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
  }

  @inline(__always)
  private mutating func copy(from source: UnsafePointer<UInt8>, _ length: Int) {
    take(length)
    (start + count - length).update(from: source, count: length)
  }

  /// What is not reserved is nobody's to write.
  @inline(__always)
  private mutating func take(_ length: Int) {
    count += length
    precondition(count <= capacity, "more was written than was reserved")
  }
}

extension JSONWriter {
  /// Writes at most so many bytes, the comma before them not counted where one is due.
  /// - Parameter needsComma: whether one is due before what comes behind.
  package mutating func room(_ most: Int, thenComma needsComma: Bool, _ body: (inout JSONRoom) -> Void) {
    separate()
    bytes.append(addingCapacity: most) { output in
      output.withUnsafeMutableBufferPointer { buffer, end in
        guard let base = buffer.baseAddress else { return }
        var room = JSONRoom(base + end, capacity: most)
        body(&room)
        end += room.count
      }
    }
    self.needsComma = needsComma
  }
}
