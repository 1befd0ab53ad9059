import COpenSSL

/// The key of an opening handshake and the answer to it (RFC 6455 sections 4.1 and 4.2.2).
enum WebSocketKey {
  /// Whether the text is 16 bytes in base64.
  static func isValid(_ key: [UInt8]) -> Bool {
    guard key.count == 24 else { return false }
    for (place, byte) in key.enumerated() {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "/"):
        guard place < 22 else { return false }
      case UInt8(ascii: "="): guard place >= 22 else { return false }
      default: return false
      }
    }
    return true
  }

  /// The proof that the key was read as one: the base64 of SHA-1 over key and the standard's constant. Nil where the
  /// cryptographic library refuses.
  static func accept(_ key: some Sequence<UInt8>) -> String? {
    var text: [UInt8] = []
    text.reserveCapacity(60)
    text.append(contentsOf: key)
    text.append(contentsOf: "258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)
    var digest = [UInt8](repeating: 0, count: 20)
    var size: UInt32 = 0
    guard EVP_Digest(text, text.count, &digest, &size, sha1.algorithm, nil) == 1, size == 20 else { return nil }
    return base64(digest)
  }

  /// Looked up once: otherwise each digest looks for it among the library's providers.
  private static let sha1 = Digest(algorithm: EVP_MD_fetch(nil, "SHA1", nil))

  /// An algorithm never changes.
  private struct Digest: @unchecked Sendable {
    let algorithm: OpaquePointer?
  }

  /// A new key of 16 random bytes.
  static func make() -> String {
    var random = SystemRandomNumberGenerator()
    return base64((0..<16).map { _ in UInt8.random(in: 0...255, using: &random) })
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { output in
      var end = 0
      for start in stride(from: 0, to: bytes.count, by: 3) {
        let count = min(3, bytes.count - start)
        var number: UInt32 = 0
        for place in 0..<3 { number = number << 8 | (place < count ? UInt32(bytes[start + place]) : 0) }
        for place in 0..<4 {
          let digit = alphabet.utf8Start[Int(number >> UInt32(18 - 6 * place) & 63)]
          output[end] = place > count ? UInt8(ascii: "=") : digit
          end += 1
        }
      }
      return end
    }
  }
}
