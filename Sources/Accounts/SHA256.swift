import CSodium

/// SHA-256 (FIPS 180-4).
package enum SHA256 {
  package static func digest(_ bytes: [UInt8]) -> [UInt8] {
    Sodium.start()
    var digest = [UInt8](repeating: 0, count: 32)
    crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
    return digest
  }

  /// Whether two digests are the same, in a time that does not tell where they differ.
  package static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.count == b.count && sodium_memcmp(a, b, a.count) == 0
  }
}

enum Sodium {
  private static let started: Void = {
    // It fails only where the system has no random source at all, without which nothing here may go on.
    precondition(sodium_init() >= 0, "libsodium could not start")
  }()

  static func start() { started }
}
