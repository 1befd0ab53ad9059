import Accounts
import COpenSSL
import JSONWire

/// Signs tokens of every algorithm as other software would: with any header and any payload.
final class TestSigner {
  let algorithm: JWTAlgorithm
  private let key: OpaquePointer?
  private let secret: [UInt8]

  init(_ algorithm: JWTAlgorithm, rsaBits: Int32 = 2048) {
    self.algorithm = algorithm
    secret = Base64URL.decode(VisitorToken.random().text) ?? []
    switch algorithm {
    case .hs256: key = nil
    case .rs256: key = Self.generate(EVP_PKEY_RSA) { EVP_PKEY_CTX_set_rsa_keygen_bits($0, rsaBits) }
    case .es256: key = Self.generate(EVP_PKEY_EC) { EVP_PKEY_CTX_set_ec_paramgen_curve_nid($0, NID_X9_62_prime256v1) }
    case .edDSA: key = Self.generate(EVP_PKEY_ED25519) { _ in 1 }
    }
  }

  deinit { EVP_PKEY_free(key) }

  private static func generate(_ kind: Int32, _ choose: (OpaquePointer?) -> Int32) -> OpaquePointer? {
    let context = EVP_PKEY_CTX_new_id(kind, nil)
    defer { EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    guard EVP_PKEY_keygen_init(context) == 1, choose(context) == 1, EVP_PKEY_generate(context, &key) == 1 else {
      return nil
    }
    return key
  }

  /// The public key as members of a JWK; that of HS256 is the secret.
  var jwk: JSONObject {
    switch algorithm {
    case .hs256: JSONObject([("kty", "oct"), ("k", .string(Base64URL.encode(secret)))])
    case .rs256:
      JSONObject([("kty", "RSA"), ("n", number(OSSL_PKEY_PARAM_RSA_N)), ("e", number(OSSL_PKEY_PARAM_RSA_E))])
    case .es256:
      JSONObject([
        ("kty", "EC"), ("crv", "P-256"), ("x", number(OSSL_PKEY_PARAM_EC_PUB_X, 32)),
        ("y", number(OSSL_PKEY_PARAM_EC_PUB_Y, 32)),
      ])
    case .edDSA: JSONObject([("kty", "OKP"), ("crv", "Ed25519"), ("x", .string(Base64URL.encode(rawPublic)))])
    }
  }

  func verifier(id: String? = nil) throws -> JWTKey {
    var members = jwk
    members["kid"] = id.map { .string($0) }
    guard algorithm != .hs256 else { return try JWTKey(secret: secret, id: id) }
    let set = try JWKSet(parsing: JSONValue.object(JSONObject([("keys", .array([.object(members)]))])).bytes)
    guard let key = set.keys.first else { throw JWTKeyError.invalid }
    return key
  }

  private func number(_ name: String, _ width: Int = 0) -> JSONValue {
    var value: OpaquePointer?
    EVP_PKEY_get_bn_param(key, name, &value)
    defer { BN_free(value) }
    let count = max(width, (Int(BN_num_bits(value)) + 7) / 8)
    var bytes = [UInt8](repeating: 0, count: count)
    BN_bn2binpad(value, &bytes, Int32(count))
    return .string(Base64URL.encode(bytes))
  }

  private var rawPublic: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 32)
    var count = 32
    EVP_PKEY_get_raw_public_key(key, &bytes, &count)
    return bytes
  }

  /// A token of a payload, with the algorithm's own header and further members.
  func token(_ payload: JSONObject, header: [(String, JSONValue)] = []) -> String {
    let all = JSONObject([("alg", .string(algorithm.rawValue))] + header)
    return token(header: JSONValue.object(all).bytes, payload: JSONValue.object(payload).bytes)
  }

  func token(header: [UInt8], payload: [UInt8]) -> String {
    let input = Base64URL.encode(header) + "." + Base64URL.encode(payload)
    return input + "." + Base64URL.encode(sign(Array(input.utf8)))
  }

  func sign(_ message: [UInt8]) -> [UInt8] {
    guard let key else { return hmac(message) }
    let context = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(context) }
    EVP_DigestSignInit(context, nil, algorithm == .edDSA ? nil : EVP_sha256(), nil, key)
    var count = 1024
    var signature = [UInt8](repeating: 0, count: count)
    EVP_DigestSign(context, &signature, &count, message, message.count)
    signature.removeLast(1024 - count)
    return algorithm == .es256 ? Self.raw(signature) : signature
  }

  private func hmac(_ message: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: 32)
    var count: UInt32 = 32
    HMAC(EVP_sha256(), secret, Int32(secret.count), message, message.count, &code, &count)
    return code
  }

  /// R and S of 32 bytes each.
  private static func raw(_ der: [UInt8]) -> [UInt8] {
    var parts: [UInt8] = []
    var place = 2
    for _ in 0..<2 {
      let count = Int(der[place + 1])
      let digits = der[(place + 2)..<(place + 2 + count)].drop { $0 == 0 }
      parts += [UInt8](repeating: 0, count: 32 - digits.count) + digits
      place += 2 + count
    }
    return parts
  }
}
