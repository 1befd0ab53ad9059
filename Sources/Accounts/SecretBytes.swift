import CSodium

/// Bytes that no description or reflection shows, and that are wiped when nobody needs them any more.
final class SecretBytes: @unchecked Sendable {
  // Written at the beginning only.
  private let start: UnsafeMutablePointer<UInt8>
  let count: Int

  init(_ bytes: [UInt8]) {
    count = bytes.count
    start = .allocate(capacity: bytes.count)
    start.initialize(from: bytes, count: bytes.count)
  }

  deinit {
    sodium_memzero(start, count)
    start.deallocate()
  }

  /// A copy, for a call that needs an array.
  var bytes: [UInt8] { Array(UnsafeBufferPointer(start: start, count: count)) }
}
