import CSodium

/// A sender's own name for a request, by which one that comes again is known
/// (draft-ietf-httpapi-idempotency-key-header). It is stored as a digest alone: what is kept of the request and of its
/// answer is sealed under keys that are made of the name.
package struct IdempotencyKey: Sendable {
  /// What the request is found by: 32 bytes.
  package let id: [UInt8]
  private let contentKey: [UInt8]
  private let answerKey: [UInt8]

  /// Nil where the name has not 1 to 255 visible characters of ASCII.
  /// - Parameters:
  ///   - caller: what its sender's sessions are known by; empty where nobody is known.
  ///   - target: what is asked for, method, path and query.
  package init?(_ name: String, caller: [UInt8], target: String) {
    guard (1...255).contains(name.utf8.count), name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    // None of the parts before the last can hold a line feed.
    let whole = caller.flatMap { [$0 >> 4, $0 & 15] }.map { $0 + 0x61 } + Array("\n\(target)\n\(name)".utf8)
    id = SHA256.digest(whole)
    contentKey = Sodium.hmac(Array("content".utf8), key: whole)
    answerKey = Sodium.hmac(Array("answer".utf8), key: whole)
  }

  /// What a content is compared by.
  package func digest(of content: [UInt8]) -> [UInt8] { Sodium.hmac(content, key: contentKey) }

  /// Bytes that only who knows the name can read (XSalsa20 and Poly1305).
  package func seal(_ bytes: [UInt8]) -> [UInt8] {
    let nonce = Sodium.random(Int(crypto_secretbox_NONCEBYTES))
    var sealed = [UInt8](repeating: 0, count: bytes.count + Int(crypto_secretbox_MACBYTES))
    crypto_secretbox_easy(&sealed, bytes, UInt64(bytes.count), nonce, answerKey)
    return nonce + sealed
  }

  /// What was sealed; nil where it was not under this name.
  package func open(_ sealed: [UInt8]) -> [UInt8]? {
    let (nonceCount, macCount) = (Int(crypto_secretbox_NONCEBYTES), Int(crypto_secretbox_MACBYTES))
    guard sealed.count >= nonceCount + macCount else { return nil }
    let (nonce, box) = (Array(sealed.prefix(nonceCount)), Array(sealed.dropFirst(nonceCount)))
    var bytes = [UInt8](repeating: 0, count: box.count - macCount)
    guard crypto_secretbox_open_easy(&bytes, box, UInt64(box.count), nonce, answerKey) == 0 else { return nil }
    return bytes
  }
}
