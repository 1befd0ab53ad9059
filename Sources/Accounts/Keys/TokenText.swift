/// The text of a random secret: a prefix that tells its kind, its bytes as base64url, and four characters that spot a
/// typing error before a database is asked. The check is no secret and proves nothing.
enum TokenText {
  private static let checkBytes = 3

  static func make(prefix: String, _ bytes: [UInt8]) -> String {
    let body = prefix + Base64URL.encode(bytes)
    return body + check(body)
  }

  /// Nil where the text is not of that prefix and size, or its check is wrong.
  static func parse(_ text: String, prefix: String, count: Int) -> [UInt8]? {
    let encodedCount = (count * 8 + 5) / 6
    guard text.utf8.count == prefix.utf8.count + encodedCount + checkBytes / 3 * 4, text.hasPrefix(prefix) else {
      return nil
    }
    let body = text.utf8.dropLast(checkBytes / 3 * 4)
    guard let bytes = Base64URL.decode(Array(body.dropFirst(prefix.utf8.count))[...]) else { return nil }
    // Made anew and compared whole, so that no other writing of the same secret is taken.
    return make(prefix: prefix, bytes).utf8.elementsEqual(text.utf8) ? bytes : nil
  }

  private static func check(_ body: String) -> String {
    Base64URL.encode(Array(SHA256.digest(Array(body.utf8)).prefix(checkBytes)))
  }
}
