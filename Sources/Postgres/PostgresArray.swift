/// A one-dimensional array in PostgreSQL's binary form, built element by element: what a journal fills while it collects
/// rows, so that nothing is encoded a second time when the group is sent.
package struct PostgresArray: Sendable {
  /// The elements' type, which must be the one of the parameter.
  package let element: PostgresType
  /// How many elements there are.
  package private(set) var count = 0
  private var hasNull = false
  private var bytes: [UInt8]

  /// - Parameter count: how many elements to expect.
  package init(of element: PostgresType, reserving count: Int = 0) {
    self.element = element
    bytes = []
    bytes.reserveCapacity(count * 16)
  }

  /// The size of the elements so far, in bytes.
  package var size: Int { bytes.count }

  /// Takes the elements out and keeps the memory.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    count = 0
    hasNull = false
  }

  package mutating func appendNull() {
    hasNull = true
    put(UInt32.max)
    count += 1
  }

  package mutating func append(_ value: Bool) {
    put(UInt32(1))
    bytes.append(value ? 1 : 0)
    count += 1
  }

  package mutating func append(_ value: Int16) { appendFixed(value) }

  package mutating func append(_ value: Int32) { appendFixed(value) }

  /// An int8, or a timestamptz in microseconds since the Unix epoch, as the element type says.
  package mutating func append(_ value: Int64) {
    appendFixed(element == .timestamptz ? value &- postgresEpoch : value)
  }

  package mutating func append(_ value: Float) { appendFixed(value.bitPattern) }

  package mutating func append(_ value: Double) { appendFixed(value.bitPattern) }

  package mutating func append(_ value: UUIDValue) {
    put(UInt32(16))
    put(value.high)
    put(value.low)
    count += 1
  }

  package mutating func append(_ value: String) {
    var value = value
    value.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  package mutating func append(_ value: [UInt8]) {
    value.withUnsafeBytes { append($0) }
  }

  package mutating func append(_ value: RawSpan) {
    value.withUnsafeBytes { append($0) }
  }

  /// A text in UTF-8, a bytea, or a JSON text, as the element type says.
  package mutating func append(_ value: UnsafeRawBufferPointer) {
    let version = element == .jsonb
    put(UInt32(value.count + (version ? 1 : 0)))
    if version { bytes.append(1) }
    bytes.append(contentsOf: value)
    count += 1
  }

  private mutating func appendFixed(_ value: some FixedWidthInteger) {
    put(UInt32(value.bitWidth / 8))
    put(value)
    count += 1
  }

  private mutating func put(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  func encode(into buffer: ParameterBuffer) {
    buffer.put(UInt32(count == 0 ? 0 : 1))
    buffer.put(UInt32(hasNull ? 1 : 0))
    buffer.put(element.oid)
    guard count > 0 else { return }
    buffer.put(UInt32(count))
    buffer.put(UInt32(1))
    bytes.withUnsafeBytes { buffer.put($0) }
  }
}
