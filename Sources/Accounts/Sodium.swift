import CSodium

/// What is taken of libsodium: its calls with pointers stand here and in `PasswordHasher` alone.
enum Sodium {
  private static let started: Void = {
    // It fails only where the system has no random source at all, without which nothing here may go on.
    precondition(sodium_init() >= 0, "libsodium could not start")
  }()

  static func start() { started }

  /// Bytes that nobody can guess.
  static func random(_ count: Int) -> [UInt8] {
    start()
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      if let base = buffer.baseAddress { randombytes_buf(base, count) }
      filled = count
    }
  }

  /// HMAC with SHA-256 (RFC 2104), under a key of any length.
  static func hmac(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
    start()
    var state = crypto_auth_hmacsha256_state()
    defer { sodium_memzero(&state, MemoryLayout.size(ofValue: state)) }
    crypto_auth_hmacsha256_init(&state, key, key.count)
    crypto_auth_hmacsha256_update(&state, message, UInt64(message.count))
    var code = [UInt8](repeating: 0, count: Int(crypto_auth_hmacsha256_BYTES))
    crypto_auth_hmacsha256_final(&state, &code)
    return code
  }
}

/// Ed25519 (RFC 8032) by libsodium, which refuses keys of small order and signatures that are not canonical.
enum Ed25519 {
  static let seedCount = 32
  static let publicCount = 32
  static let signatureCount = 64

  /// The secret key of 64 bytes and the public one. `seed` has 32 bytes.
  static func pair(seed: [UInt8]) -> (secret: [UInt8], shared: [UInt8]) {
    precondition(seed.count == seedCount)
    Sodium.start()
    var shared = [UInt8](repeating: 0, count: publicCount)
    var secret = [UInt8](repeating: 0, count: Int(crypto_sign_ed25519_SECRETKEYBYTES))
    crypto_sign_ed25519_seed_keypair(&shared, &secret, seed)
    return (secret, shared)
  }

  /// `secret` is one that `pair` has made.
  static func sign(_ message: [UInt8], secret: [UInt8]) -> [UInt8] {
    precondition(secret.count == Int(crypto_sign_ed25519_SECRETKEYBYTES))
    var signature = [UInt8](repeating: 0, count: signatureCount)
    crypto_sign_ed25519_detached(&signature, nil, message, UInt64(message.count), secret)
    return signature
  }

  static func verifies(_ signature: [UInt8], of message: [UInt8], key: [UInt8]) -> Bool {
    guard signature.count == signatureCount, key.count == publicCount else { return false }
    Sodium.start()
    return crypto_sign_ed25519_verify_detached(signature, message, UInt64(message.count), key) == 0
  }
}
