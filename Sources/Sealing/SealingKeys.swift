import COpenSSL

/// The versions of the secret key: what is sealed now is sealed under the highest of them, what was sealed before is
/// opened with the one that it names.
package struct SealingKeys: Sendable {
  /// The highest version first.
  let keys: [SealingKey]

  /// Reads `v2:BASE64,v1:BASE64`, or one key without a version, which is version 1.
  package init(_ text: String) throws(SealingError) {
    var keys: [SealingKey] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let (version, encoded) = try Self.split(part)
      guard let bytes = Self.decode(encoded) else {
        throw .badKeys("version \(version) is not 32 bytes in base64 (openssl rand -base64 32)")
      }
      guard !keys.contains(where: { $0.version == version }) else {
        throw .badKeys("version \(version) is there twice")
      }
      keys.append(SealingKey(version: version, bytes: bytes))
    }
    self.init(keys)
  }

  init(_ keys: [SealingKey]) { self.keys = keys.sorted { $0.version > $1.version } }

  /// What new things are sealed under. There is always one: a text without any is not read.
  var current: SealingKey { keys[0] }

  func key(_ version: Int) -> SealingKey? { keys.first { $0.version == version } }

  /// As `init` reads it. The secret itself.
  var text: String { keys.map { "v\($0.version):\(Self.encode($0.bytes))" }.joined(separator: ",") }

  private static func split(_ part: Substring) throws(SealingError) -> (version: Int, encoded: Substring) {
    guard let colon = part.firstIndex(of: ":") else { return (1, part) }
    let name = part[..<colon]
    guard name.first == "v", let version = Int32(name.dropFirst()), version > 0 else {
      throw .badKeys("a version is v1, v2 and so on")
    }
    return (Int(version), part[part.index(after: colon)...])
  }

  /// The 32 bytes of 43 characters of base64 (RFC 4648 section 4), with the padding or without it.
  private static func decode(_ text: Substring) -> [UInt8]? {
    var characters = Array(text.utf8)
    if characters.count == 44, characters.last == UInt8(ascii: "=") { characters.removeLast() }
    guard characters.count == 43, characters.allSatisfy(isCharacter) else { return nil }
    characters.append(UInt8(ascii: "="))
    var bytes = [UInt8](repeating: 0, count: 33)
    guard EVP_DecodeBlock(&bytes, characters, Int32(characters.count)) == 33 else { return nil }
    return Array(bytes.prefix(AESGCM.keyCount))
  }

  private static func encode(_ bytes: [UInt8]) -> String {
    var characters = [UInt8](repeating: 0, count: 45)
    let count = EVP_EncodeBlock(&characters, bytes, Int32(bytes.count))
    return String(decoding: characters.prefix(Int(count)), as: UTF8.self)
  }

  private static func isCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "/"): true
    default: false
    }
  }
}
