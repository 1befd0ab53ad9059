/// The parameters of one statement in binary form, one behind the other in memory that is used again for the next: libpq
/// copies what it is given before the call returns.
final class ParameterBuffer {
  private var memory: UnsafeMutableRawPointer
  private var capacity = 4096
  private var count = 0
  private var offsets: [Int] = []
  private var pointers: [UnsafePointer<CChar>?] = []
  private var lengths: [Int32] = []
  private var formats: [Int32] = []

  /// Memory beyond this is given back after use.
  private static let kept = 1 << 20

  init() {
    memory = .allocate(byteCount: capacity, alignment: 16)
  }

  deinit { memory.deallocate() }

  /// Encodes `values` and calls `body` with what libpq takes: count, pointers, lengths, formats.
  func withEncoded<T>(
    _ values: [PostgresValue],
    _ body: (Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> T
  ) -> T {
    count = 0
    offsets.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
    for value in values {
      let start = count
      if encode(value) {
        offsets.append(start)
        lengths.append(Int32(truncatingIfNeeded: count - start))
      } else {
        offsets.append(-1)
        lengths.append(0)
      }
    }
    // Only now, since growing moves the memory.
    pointers.removeAll(keepingCapacity: true)
    for offset in offsets {
      pointers.append(offset < 0 ? nil : UnsafePointer((memory + offset).assumingMemoryBound(to: CChar.self)))
    }
    while formats.count < values.count { formats.append(1) }
    defer { shrink() }
    return body(Int32(values.count), pointers, lengths, formats)
  }

  /// Appends a value; false for NULL.
  private func encode(_ value: PostgresValue) -> Bool {
    switch value {
    case .null: return false
    case .bool(let value): put(UInt8(value ? 1 : 0))
    case .int2(let value): put(value)
    case .int4(let value): put(value)
    case .int8(let value): put(value)
    case .float8(let value): put(value.bitPattern)
    case .text(var value): value.withUTF8 { put(UnsafeRawBufferPointer($0)) }
    case .utf8(let value), .bytea(let value), .json(let value): value.withUnsafeBytes { put($0) }
    case .jsonb(let value):
      put(UInt8(1))
      value.withUnsafeBytes { put($0) }
    case .uuid(let value):
      put(value.high)
      put(value.low)
    case .timestamptz(let value): put(value &- postgresEpoch)
    case .array(let value): value.encode(into: self)
    }
    return true
  }

  func put<Value: FixedWidthInteger>(_ value: Value) {
    let size = MemoryLayout<Value>.size
    reserve(size)
    (memory + count).storeBytes(of: value.bigEndian, as: Value.self)
    count += size
  }

  func put(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
    reserve(bytes.count)
    (memory + count).copyMemory(from: source, byteCount: bytes.count)
    count += bytes.count
  }

  private func reserve(_ size: Int) {
    guard count + size > capacity else { return }
    resize(max(capacity * 2, count + size))
  }

  private func shrink() {
    guard capacity > Self.kept else { return }
    count = 0
    resize(Self.kept)
  }

  private func resize(_ size: Int) {
    let moved = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    moved.copyMemory(from: memory, byteCount: count)
    memory.deallocate()
    memory = moved
    capacity = size
  }
}
