/// Appends one JSON text (RFC 8259) to a byte buffer, commas included. The caller keeps the order right: a key before
/// each value in an object, an end for each begin.
package struct JSONWriter: Sendable {
  /// What has been written. A caller may start with bytes of its own and take them out at the end.
  package var bytes: [UInt8]
  // True where a value is behind, so that the next one needs a comma.
  @usableFromInline var needsComma = false

  /// A writer that appends to `bytes`.
  @inlinable
  package init(appendingTo bytes: consuming [UInt8] = []) {
    self.bytes = bytes
  }

  // MARK: Containers

  /// Opens an object.
  @inlinable
  package mutating func beginObject() { open(UInt8(ascii: "{")) }

  /// Closes an object.
  @inlinable
  package mutating func endObject() { close(UInt8(ascii: "}")) }

  /// Opens an array.
  @inlinable
  package mutating func beginArray() { open(UInt8(ascii: "[")) }

  /// Closes an array.
  @inlinable
  package mutating func endArray() { close(UInt8(ascii: "]")) }

  /// A member's key that needs no escapes.
  @inlinable
  package mutating func key(_ name: StaticString) {
    // One look at the room for all of it: a message has many keys.
    let comma = needsComma
    let count = name.utf8CodeUnitCount
    bytes.append(addingCapacity: count + 4) { output in
      output.withUnsafeMutableBufferPointer { buffer, end in
        if comma {
          buffer[end] = UInt8(ascii: ",")
          end += 1
        }
        buffer[end] = UInt8(ascii: "\"")
        end += 1
        UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[end...])
          .copyMemory(from: UnsafeRawBufferPointer(start: name.utf8Start, count: count))
        end += count
        buffer[end] = UInt8(ascii: "\"")
        buffer[end + 1] = UInt8(ascii: ":")
        end += 2
      }
    }
    needsComma = false
  }

  /// A member's key of any text.
  package mutating func key(escaping name: String) {
    string(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  // MARK: Values

  /// A whole number.
  package mutating func int(_ value: Int64) {
    separate()
    needsComma = true
    JSONWriter.append(decimal: value, to: &bytes)
  }

  /// A whole number.
  package mutating func int(_ value: Int) { int(Int64(value)) }

  /// A number; null where it is not finite, since JSON has no word for that.
  package mutating func double(_ value: Double) {
    guard value.isFinite else { return null() }
    raw(Array(JSONNumber.text(value).utf8))
  }

  /// A truth value.
  @inlinable
  package mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }

  /// Null.
  @inlinable
  package mutating func null() { literal("null") }

  /// A value that is JSON already.
  package mutating func raw(_ json: RawSpan) {
    separate()
    needsComma = true
    json.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  /// A value that is JSON already.
  package mutating func raw(_ json: [UInt8]) { raw(json.span.bytes) }

  /// A value that is JSON already.
  package mutating func raw(_ json: StaticString) { literal(json) }

  /// Begins another text behind what has been written.
  package mutating func startAnew() { needsComma = false }

  // MARK: Steps

  /// Appends a whole number in decimal digits.
  package static func append(decimal value: Int64, to bytes: inout [UInt8]) {
    var magnitude = value.magnitude
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    // 20 digits hold every 64-bit number.
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var first = 20
    repeat {
      first -= 1
      digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10)
      magnitude /= 10
    } while magnitude != 0
    digits.span.extracting(first..<20).withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
  }

  @inlinable
  mutating func literal(_ text: StaticString) {
    separate()
    needsComma = true
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  @inlinable
  mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma = false
  }

  @inlinable
  mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  @inlinable
  mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }
}
