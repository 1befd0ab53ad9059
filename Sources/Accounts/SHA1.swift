import COpenSSL

/// SHA-1 (FIPS 180-4), for lists of others that are written with it. It guards nothing here.
package enum SHA1 {
  /// The digest of 20 bytes; nil where the library refuses to make one.
  package static func digest(_ bytes: [UInt8]) -> [UInt8]? {
    var digest = [UInt8](repeating: 0, count: 20)
    var size: UInt32 = 0
    guard EVP_Digest(bytes, bytes.count, &digest, &size, EVP_sha1(), nil) == 1, size == 20 else { return nil }
    return digest
  }
}
