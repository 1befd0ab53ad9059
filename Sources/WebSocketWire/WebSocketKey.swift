import COpenSSL

/// The key of an opening handshake and the answer to it (RFC 6455 sections 4.1 and 4.2.2).
enum WebSocketKey {
  /// Whether the text is 16 bytes in base64.
  static func isValid(_ key: some Collection<UInt8>) -> Bool {
    key.count == 24 && key.dropFirst(22).allSatisfy { $0 == UInt8(ascii: "=") }
      && key.prefix(22).allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "/"): true
        default: false
        }
      }
  }

  /// The proof that the key was read as one: the base64 of SHA-1 over key and the standard's constant. Nil where the
  /// cryptographic library refuses.
  static func accept(_ key: some Sequence<UInt8>) -> String? {
    let text = Array(key) + Array("258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)
    var digest = [UInt8](repeating: 0, count: 20)
    var size: UInt32 = 0
    guard EVP_Digest(text, text.count, &digest, &size, EVP_sha1(), nil) == 1, size == 20 else { return nil }
    return base64(digest)
  }

  /// A new key of 16 random bytes.
  static func make() -> String {
    var random = SystemRandomNumberGenerator()
    return base64((0..<16).map { _ in UInt8.random(in: 0...255, using: &random) })
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var output: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var number = group.reduce(0) { $0 << 8 | UInt32($1) }
      number <<= UInt32(8 * (3 - group.count))
      for place in 0..<4 {
        let isPadding = place > group.count
        output.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(number >> UInt32(18 - 6 * place) & 63)])
      }
    }
    return String(decoding: output, as: UTF8.self)
  }
}
