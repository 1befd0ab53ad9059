import CSodium

/// Argon2id (RFC 9106) by libsodium. Each call is slow by intent and takes all of the set memory: never on a
/// loop, and only a few at a time.
package struct PasswordHasher: Sendable {
  /// What one hash costs.
  package struct Cost: Sendable, Equatable {
    /// Passes over the memory.
    package var passes = 2
    /// In bytes.
    package var memory = 64 << 20

    /// Two passes over 64 MiB, which is libsodium's choice for log-ins.
    package init() {}

    /// - Parameters:
    ///   - passes: at least 1.
    ///   - memory: in bytes, at least 8192.
    package init(passes: Int, memory: Int) {
      self.passes = passes
      self.memory = memory
    }
  }

  /// Why there is no hash.
  package enum Failure: Error, Equatable, Sendable {
    /// The cost is out of libsodium's bounds.
    case cost
    /// The memory is not to be had.
    case memory
  }

  /// The cost of new hashes.
  package let cost: Cost
  /// The hash of a password that nobody has.
  private let decoy: String

  /// Makes one hash, to have something to verify unknown users against.
  package init(cost: Cost = Cost()) throws(Failure) {
    Sodium.start()
    guard cost.passes >= Int(crypto_pwhash_OPSLIMIT_MIN), cost.memory >= Int(crypto_pwhash_MEMLIMIT_MIN),
      cost.passes <= 1 << 20, cost.memory <= crypto_pwhash_memlimit_max()
    else { throw .cost }
    self.cost = cost
    decoy = try Self.hash(Sodium.random(32), cost)
  }

  /// The hash to be stored, with its salt and cost inside (`$argon2id$...`). The password is taken in Unicode's composed
  /// form (NIST SP 800-63B section 5.1.1.2), whichever way a keyboard has put its characters together.
  package func hash(_ password: String) throws(Failure) -> String { try Self.hash(Array(password.composed.utf8), cost) }

  /// Whether it is the password of the hash. For nil, an unknown user, it takes as long as for a hash of today's cost,
  /// and is false.
  package func verifies(_ password: String, hash: String?) -> Bool {
    let known = hash.map { $0.hasPrefix("$argon2id$") && $0.utf8.count < Int(crypto_pwhash_STRBYTES) } ?? false
    let matches = Self.matches(Array(password.composed.utf8), known ? hash ?? decoy : decoy)
    return known && matches
  }

  /// Whether the hash has another cost than new ones: it is to be made anew when its password has been verified.
  package func needsRehash(_ hash: String) -> Bool {
    crypto_pwhash_str_needs_rehash(hash, UInt64(cost.passes), cost.memory) != 0
  }

  private static func hash(_ password: [UInt8], _ cost: Cost) throws(Failure) -> String {
    var text = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
    let characters = terminated(password)
    let status = crypto_pwhash_str(
      &text, characters, UInt64(password.count), UInt64(cost.passes), cost.memory)
    guard status == 0 else { throw .memory }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private static func matches(_ password: [UInt8], _ hash: String) -> Bool {
    crypto_pwhash_str_verify(hash, terminated(password), UInt64(password.count)) == 0
  }

  /// With a zero behind it, so that even an empty one has an address.
  private static func terminated(_ password: [UInt8]) -> [CChar] {
    password.map(CChar.init(bitPattern:)) + [0]
  }
}
