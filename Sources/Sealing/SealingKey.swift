import COpenSSL

/// One version of the secret key: 32 random bytes, wiped when nobody needs them any more and shown by nothing.
package final class SealingKey: @unchecked Sendable {
  /// From 1 to 2,147,483,647.
  package let version: Int
  // Written at the beginning only.
  private let start: UnsafeMutablePointer<UInt8>

  init(version: Int, bytes: [UInt8]) {
    precondition(bytes.count == AESGCM.keyCount)
    self.version = version
    start = .allocate(capacity: bytes.count)
    start.initialize(from: bytes, count: bytes.count)
  }

  deinit {
    OPENSSL_cleanse(start, AESGCM.keyCount)
    start.deallocate()
  }

  /// A new one.
  static func random(version: Int) throws(SealingError) -> SealingKey {
    SealingKey(version: version, bytes: try AESGCM.randomBytes(AESGCM.keyCount))
  }

  /// A copy, for a call that needs an array.
  var bytes: [UInt8] { Array(UnsafeBufferPointer(start: start, count: AESGCM.keyCount)) }
}
