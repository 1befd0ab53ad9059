/// HMAC with SHA-256 (RFC 2104).
package enum HMACSHA256 {
  /// The code of 32 bytes, by a key of any length.
  package static func code(of message: [UInt8], key: [UInt8]) -> [UInt8] { Sodium.hmac(message, key: key) }
}
