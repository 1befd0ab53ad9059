/// Memory for what has come in part: it grows geometrically, so that gathering costs linear time, and is given back as
/// a whole.
struct GatherBuffer: ~Copyable {
  private var base: UnsafeMutableRawPointer?
  private(set) var capacity = 0
  private(set) var count = 0

  init() {}

  deinit { base?.deallocate() }

  /// Whether memory is held.
  var isHeld: Bool { base != nil }

  /// The bytes from an offset on.
  func bytes(from offset: Int = 0) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: base.map { $0 + offset }, count: count - offset)
  }

  /// Appends bytes. `expected` is a count that is enough in the end: growth does not overshoot it.
  mutating func append(_ bytes: UnsafeRawBufferPointer, expected: Int) {
    guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
    let target = reserve(count + bytes.count, expected: expected)
    (target + count).copyMemory(from: source, byteCount: bytes.count)
    count += bytes.count
  }

  /// Appends what `write` writes to free memory, up to `most` bytes (at least 1), and returns the count of.
  mutating func fill<Failure>(
    atMost most: Int, expected: Int, _ write: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
  ) throws(Failure) {
    let target = reserve(count + min(most, 4096), expected: expected)
    count += try write(UnsafeMutableRawBufferPointer(start: target + count, count: min(most, capacity - count)))
  }

  /// Forgets the bytes from an offset on; gives the memory back where none are left and more than `keeping` is held.
  mutating func truncate(to offset: Int, keeping: Int = 0) {
    count = offset
    guard offset == 0, capacity > keeping else { return }
    base?.deallocate()
    base = nil
    capacity = 0
  }

  private mutating func reserve(_ needed: Int, expected: Int) -> UnsafeMutableRawPointer {
    if let base, needed <= capacity { return base }
    let grown = max(needed, min(max(capacity * 2, 256), max(expected, needed)))
    let target = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 16)
    if let base {
      target.copyMemory(from: base, byteCount: count)
      base.deallocate()
    }
    base = target
    capacity = grown
    return target
  }
}
