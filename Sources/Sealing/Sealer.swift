import Synchronization

/// Seals secrets that are stored, and opens them: AES-256-GCM (NIST SP 800-38D) under the current version of the secret
/// key, with a random nonce, bound to the row that it is for: put into another row it does not open.
///
/// A sealed text is one byte of form (1), the version (32 bits, big-endian), the nonce (12 bytes), the cipher text and
/// the tag (16 bytes).
package final class Sealer: Sendable {
  private let keys: Mutex<SealingKeys>
  /// Where the keys are from, where that may change.
  private let file: SealingKeyFile?

  private static let form: UInt8 = 1
  private static let headCount = 5

  /// How many bytes a sealed text has beyond what was sealed.
  package static let overhead = headCount + AESGCM.nonceCount + AESGCM.tagCount

  package init(_ keys: SealingKeys) {
    self.keys = Mutex(keys)
    file = nil
  }

  /// Takes the keys of a file, which is made where it is missing, and looks there again for versions that it does not
  /// know.
  package init(_ file: SealingKeyFile) throws(SealingError) {
    keys = Mutex(try file.keys())
    self.file = file
  }

  /// What is sealed now is sealed under this version.
  package var version: Int { keys.withLock { $0.current.version } }

  /// Takes the next version into use, where the keys are from a file.
  /// - Returns: it; nil where whoever gives the keys has to add one.
  package func advance() throws(SealingError) -> Int? {
    guard let file else { return nil }
    try file.advance()
    try reload()
    return version
  }

  /// - Parameter row: names the row and the column that it is stored in, as `signing_keys.seed:KID`.
  package func seal(_ plain: [UInt8], for row: String) throws(SealingError) -> [UInt8] {
    let key = keys.withLock { $0.current }
    let head = Self.head(key.version)
    let nonce = try AESGCM.randomBytes(AESGCM.nonceCount)
    let sealed = try AESGCM.seal(plain, key: key.bytes, nonce: nonce, data: head + Array(row.utf8))
    return head + nonce + sealed
  }

  /// - Parameter row: as it was sealed for.
  package func open(_ sealed: [UInt8], for row: String) throws(SealingError) -> [UInt8] {
    guard sealed.count >= Self.overhead, let version = Self.version(of: sealed) else { throw .damaged }
    let key = try key(version)
    let body = sealed.dropFirst(Self.headCount)
    let nonce = Array(body.prefix(AESGCM.nonceCount))
    let data = Self.head(version) + Array(row.utf8)
    guard
      let plain = try AESGCM.open(body.dropFirst(AESGCM.nonceCount), key: key.bytes, nonce: nonce, data: data)
    else { throw .damaged }
    return plain
  }

  /// The version of the key that something is sealed under; nil where it is no sealed text.
  package static func version(of sealed: [UInt8]) -> Int? {
    guard sealed.count >= headCount, sealed[0] == form else { return nil }
    return sealed[1..<headCount].reduce(0) { $0 << 8 | Int($1) }
  }

  private func key(_ version: Int) throws(SealingError) -> SealingKey {
    if let key = keys.withLock({ $0.key(version) }) { return key }
    try reload()
    guard let key = keys.withLock({ $0.key(version) }) else { throw .unknownVersion(version) }
    return key
  }

  private func reload() throws(SealingError) {
    guard let file else { return }
    let read = try file.keys()
    keys.withLock { $0 = read }
  }

  private static func head(_ version: Int) -> [UInt8] {
    [form] + (0..<4).map { UInt8(truncatingIfNeeded: version >> (24 - 8 * $0)) }
  }
}

extension Sealer: CustomStringConvertible {
  package var description: String { "sealer under version \(version)" }
}
