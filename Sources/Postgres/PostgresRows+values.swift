/// Values by type.
extension PostgresRows {
  /// An int2, int4 or int8.
  package func int(_ row: Int, _ column: Int) throws(PostgresError) -> Int64 {
    let bytes = try buffer(row, column)
    switch type(column) {
    case .int8 where bytes.count == 8: return Int64(bitPattern: bytes.word())
    case .int4 where bytes.count == 4: return Int64(Int32(bitPattern: bytes.word()))
    case .int2 where bytes.count == 2: return Int64(Int16(bitPattern: bytes.word()))
    default: throw mismatch(column, "is no integer")
    }
  }

  /// A bool.
  package func bool(_ row: Int, _ column: Int) throws(PostgresError) -> Bool {
    try fixed(row, column, .bool, UInt8.self) != 0
  }

  /// A float8.
  package func double(_ row: Int, _ column: Int) throws(PostgresError) -> Double {
    Double(bitPattern: try fixed(row, column, .float8, UInt64.self))
  }

  /// A timestamptz, in microseconds since the Unix epoch.
  package func timestamp(_ row: Int, _ column: Int) throws(PostgresError) -> Int64 {
    Int64(bitPattern: try fixed(row, column, .timestamptz, UInt64.self)) &+ postgresEpoch
  }

  /// A uuid.
  package func uuid(_ row: Int, _ column: Int) throws(PostgresError) -> UUIDValue {
    let bytes = try buffer(row, column)
    guard type(column) == .uuid, bytes.count == 16 else { throw mismatch(column, "is no uuid") }
    return UUIDValue(high: bytes.word(), low: bytes.word(at: 8))
  }

  /// A text, varchar, name, json or jsonb.
  package func text(_ row: Int, _ column: Int) throws(PostgresError) -> String {
    String(decoding: try characters(row, column), as: UTF8.self)
  }

  /// Whether a text, varchar, name, json or jsonb is these characters.
  package func holds(_ text: StaticString, _ row: Int, _ column: Int) throws(PostgresError) -> Bool {
    let bytes = try characters(row, column)
    return bytes.elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// The content of a bytea, text, json or jsonb.
  package func bytes(_ row: Int, _ column: Int) throws(PostgresError) -> [UInt8] {
    try withBytes(row, column) { Array($0) }
  }

  /// The content of a bytea, text, json or jsonb, not copied.
  package func withBytes<Value>(
    _ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer) -> Value
  ) throws(PostgresError) -> Value {
    body(type(column) == .bytea ? try buffer(row, column) : try characters(row, column))
  }

  private func characters(_ row: Int, _ column: Int) throws(PostgresError) -> UnsafeRawBufferPointer {
    let bytes = try buffer(row, column)
    // The fixed-size types of the catalogue are no text; enumerations and extensions' texts have OIDs of their own.
    switch type(column) {
    case .bool, .bytea, .int2, .int4, .int8, .float4, .float8, .uuid, .timestamptz: throw mismatch(column, "is no text")
    default: return bytes
    }
  }

  private func fixed<Word: FixedWidthInteger>(
    _ row: Int, _ column: Int, _ type: PostgresType, _: Word.Type
  ) throws(PostgresError) -> Word {
    let bytes = try buffer(row, column)
    guard self.type(column) == type, bytes.count == MemoryLayout<Word>.size else {
      throw mismatch(column, "has another type than was read")
    }
    return bytes.word()
  }
}

/// One-dimensional arrays.
extension PostgresRows {
  /// An int2[], int4[] or int8[].
  package func ints(_ row: Int, _ column: Int) throws(PostgresError) -> [Int64?] {
    try elements(row, column) { (type, bytes) -> Int64? in
      switch (type, bytes.count) {
      case (.int8, 8): Int64(bitPattern: bytes.word())
      case (.int4, 4): Int64(Int32(bitPattern: bytes.word()))
      case (.int2, 2): Int64(Int16(bitPattern: bytes.word()))
      default: nil
      }
    }
  }

  /// A text[], varchar[] or json[].
  package func texts(_ row: Int, _ column: Int) throws(PostgresError) -> [String?] {
    try elements(row, column) { (_, bytes) -> String? in String(decoding: bytes, as: UTF8.self) }
  }

  /// A bytea[], or a text[] as UTF-8.
  package func byteArrays(_ row: Int, _ column: Int) throws(PostgresError) -> [[UInt8]?] {
    try elements(row, column) { (_, bytes) -> [UInt8]? in Array(bytes) }
  }

  /// A uuid[].
  package func uuids(_ row: Int, _ column: Int) throws(PostgresError) -> [UUIDValue?] {
    try elements(row, column) { (type, bytes) -> UUIDValue? in
      type == .uuid && bytes.count == 16 ? UUIDValue(high: bytes.word(), low: bytes.word(at: 8)) : nil
    }
  }

  /// A bool[].
  package func bools(_ row: Int, _ column: Int) throws(PostgresError) -> [Bool?] {
    try elements(row, column) { (type, bytes) -> Bool? in type == .bool ? bytes.first.map { $0 != 0 } : nil }
  }

  /// A timestamptz[], in microseconds since the Unix epoch.
  package func timestamps(_ row: Int, _ column: Int) throws(PostgresError) -> [Int64?] {
    try elements(row, column) { (type, bytes) -> Int64? in
      type == .timestamptz && bytes.count == 8 ? Int64(bitPattern: bytes.word()) &+ postgresEpoch : nil
    }
  }

  /// A float8[].
  package func doubles(_ row: Int, _ column: Int) throws(PostgresError) -> [Double?] {
    try elements(row, column) { (type, bytes) -> Double? in
      type == .float8 && bytes.count == 8 ? Double(bitPattern: bytes.word()) : nil
    }
  }

  /// A float4[] without NULL, appended to what is there: one element after the other, without an array between.
  package func appendFloats(_ row: Int, _ column: Int, to floats: inout [Float]) throws(PostgresError) {
    let bytes = try buffer(row, column)
    guard bytes.count >= 12, bytes.word(at: 4) == UInt32(0), PostgresType(oid: bytes.word(at: 8)) == .float4 else {
      throw mismatch(column, "is no array of float4")
    }
    if bytes.word() == UInt32(0) { return }
    // Each of them is its length, which is 4, and itself.
    guard bytes.word() == UInt32(1), bytes.count >= 20, bytes.count == 20 + 8 * Int(bytes.word(at: 12) as UInt32) else {
      throw mismatch(column, "is no array of float4")
    }
    for place in stride(from: 24, to: bytes.count, by: 8) { floats.append(Float(bitPattern: bytes.word(at: place))) }
  }

  /// - Parameter read: nil where the element has another type.
  private func elements<Element>(
    _ row: Int, _ column: Int, _ read: (PostgresType, UnsafeRawBufferPointer) -> Element?
  ) throws(PostgresError) -> [Element?] {
    let bytes = try buffer(row, column)
    func malformed() -> PostgresError { mismatch(column, "is no array of that type") }
    guard bytes.count >= 12 else { throw malformed() }
    let dimensions: UInt32 = bytes.word()
    let type = PostgresType(oid: bytes.word(at: 8))
    if dimensions == 0 { return [] }
    guard dimensions == 1, bytes.count >= 20 else { throw malformed() }
    let count: UInt32 = bytes.word(at: 12)
    // Every element takes 4 bytes at least.
    guard Int(count) <= (bytes.count - 20) / 4 else { throw malformed() }
    var elements: [Element?] = []
    elements.reserveCapacity(Int(count))
    var place = 20
    for _ in 0..<count {
      guard place + 4 <= bytes.count else { throw malformed() }
      let length = Int(Int32(bitPattern: bytes.word(at: place)))
      place += 4
      if length < 0 {
        elements.append(nil)
        continue
      }
      guard place + length <= bytes.count,
        let element = read(type, UnsafeRawBufferPointer(rebasing: bytes[place..<place + length]))
      else { throw malformed() }
      elements.append(element)
      place += length
    }
    return elements
  }
}

extension UnsafeRawBufferPointer {
  /// A big-endian word. The caller has checked that it is there.
  func word<Word: FixedWidthInteger>(at offset: Int = 0) -> Word {
    Word(bigEndian: loadUnaligned(fromByteOffset: offset, as: Word.self))
  }
}
