import COpenSSL

/// AES-256 in Galois/Counter Mode (NIST SP 800-38D).
enum AESGCM {
  static let keyCount = 32
  static let nonceCount = 12
  static let tagCount = 16

  /// The cipher text and the tag behind it.
  /// - Parameter data: what is authenticated with it, and not part of it.
  static func seal(
    _ plain: [UInt8], key: [UInt8], nonce: [UInt8], data: [UInt8]
  ) throws(SealingError) -> [UInt8] {
    guard let context = EVP_CIPHER_CTX_new() else { throw .failed }
    defer { EVP_CIPHER_CTX_free(context) }
    var output = [UInt8](repeating: 0, count: plain.count + tagCount)
    var count: Int32 = 0
    guard EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1,
      EVP_EncryptUpdate(context, nil, &count, data, Int32(data.count)) == 1,
      EVP_EncryptUpdate(context, &output, &count, plain, Int32(plain.count)) == 1,
      Int(count) == plain.count
    else { throw .failed }
    let isTagged = output.withUnsafeMutableBytes { bytes in
      let tag = UnsafeMutableRawBufferPointer(rebasing: bytes[plain.count...])
      return EVP_EncryptFinal_ex(context, tag.baseAddress?.assumingMemoryBound(to: UInt8.self), &count) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagCount), tag.baseAddress) == 1
    }
    guard isTagged else { throw .failed }
    return output
  }

  /// The plain text; nil where key, nonce, data and tag do not belong together.
  /// - Parameter sealed: the cipher text and the tag behind it.
  static func open(
    _ sealed: ArraySlice<UInt8>, key: [UInt8], nonce: [UInt8], data: [UInt8]
  ) throws(SealingError) -> [UInt8]? {
    guard sealed.count >= tagCount else { return nil }
    guard let context = EVP_CIPHER_CTX_new() else { throw .failed }
    defer { EVP_CIPHER_CTX_free(context) }
    let text = Array(sealed.dropLast(tagCount))
    var tag = Array(sealed.suffix(tagCount))
    // One more byte, so that there is an address where nothing was sealed.
    var output = [UInt8](repeating: 0, count: text.count + 1)
    var count: Int32 = 0
    guard EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1,
      EVP_DecryptUpdate(context, nil, &count, data, Int32(data.count)) == 1,
      EVP_DecryptUpdate(context, &output, &count, text, Int32(text.count)) == 1,
      Int(count) == text.count,
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagCount), &tag) == 1
    else { throw .failed }
    var rest: [UInt8] = [0]
    guard EVP_DecryptFinal_ex(context, &rest, &count) == 1 else {
      OPENSSL_cleanse(&output, output.count)
      return nil
    }
    output.removeLast()
    return output
  }

  static func randomBytes(_ count: Int) throws(SealingError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard RAND_bytes(&bytes, Int32(count)) == 1 else { throw .failed }
    return bytes
  }
}
