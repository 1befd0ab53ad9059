import COpenSSL

/// An RSA or P-256 key of OpenSSL's, which is only ever read.
final class PublicKey: @unchecked Sendable {
  private let key: OpaquePointer

  /// Both numbers big-endian.
  init(rsaModulus modulus: [UInt8], exponent: [UInt8]) throws(JWTKeyError) {
    let modulus = modulus.drop { $0 == 0 }
    let exponent = exponent.drop { $0 == 0 }
    guard let first = modulus.first, let last = modulus.last else { throw .invalid }
    let bits = modulus.count * 8 - first.leadingZeroBitCount
    guard bits >= 2048 else { throw .weak }
    // With more a verification costs too much, and an exponent of 1 verifies whatever it is given.
    guard bits <= 8192, last & 1 == 1, (1...8).contains(exponent.count), let end = exponent.last, end & 1 == 1,
      exponent.count > 1 || end > 1
    else { throw .invalid }
    guard let key = openssl_rsa_key(Array(modulus), modulus.count, Array(exponent), exponent.count) else {
      ERR_clear_error()
      throw .invalid
    }
    self.key = key
  }

  /// 32 bytes each.
  init(p256X x: [UInt8], y: [UInt8]) throws(JWTKeyError) {
    guard x.count == 32, y.count == 32 else { throw .invalid }
    // The uncompressed point (SEC 1 section 2.3.3).
    let point = [4] + x + y
    guard let key = openssl_p256_key(point, point.count) else {
      ERR_clear_error()
      throw .invalid
    }
    self.key = key
  }

  deinit { EVP_PKEY_free(key) }

  /// Whether it is this key's signature over the SHA-256 of the message: PKCS #1 version 1.5, or ECDSA in DER.
  func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    guard let context = EVP_MD_CTX_new() else { return false }
    defer {
      EVP_MD_CTX_free(context)
      // A wrong signature is noted as the thread's error, which would be taken for the next call's.
      ERR_clear_error()
    }
    guard EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1 else { return false }
    return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }
}

/// The two forms of an ECDSA signature.
enum ECDSASignature {
  /// The DER of R and S of 32 bytes each (RFC 7518 section 3.4, RFC 3279 section 2.2.3); nil for another length.
  static func der(_ signature: [UInt8]) -> [UInt8]? {
    guard signature.count == 64 else { return nil }
    let numbers = integer(signature[..<32]) + integer(signature[32...])
    return [0x30, UInt8(numbers.count)] + numbers
  }

  private static func integer(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var digits = Array(bytes.drop { $0 == 0 })
    // An integer has one byte at least, and one that begins with a set bit would be negative.
    if digits.first.map({ $0 >= 0x80 }) ?? true { digits.insert(0, at: 0) }
    return [0x02, UInt8(digits.count)] + digits
  }
}
