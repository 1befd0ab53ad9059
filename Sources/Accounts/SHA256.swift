import CSodium

/// SHA-256 (FIPS 180-4).
package enum SHA256 {
  /// The digest of 32 bytes.
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
