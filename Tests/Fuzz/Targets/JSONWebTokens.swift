import Accounts
import JSONWire

/// Any bytes as a token, as a set of keys, and as what a site's own server signs: a token has one text only, nobody
/// without the key is believed, and what is believed is what was signed.
func checkJSONWebTokens(_ input: inout FuzzInput) {
  let plan = input.plan()
  let bytes = input.remainder()
  let text = String(decoding: bytes, as: UTF8.self)
  checkForm(text)
  checkKeySet(bytes)
  checkSigned(plan, bytes)
  checkSecrets(text)
}

private let signer: SigningKey = {
  guard let key = try? SigningKey(seed: [UInt8](repeating: 7, count: 32)) else { fatalError("no key") }
  return key
}()

private let now: Int64 = 1_800_000_000

private func verifier(_ narrow: Bool) -> JWTVerifier {
  guard let secret = try? JWTKey(secret: [UInt8](repeating: 9, count: 32), id: "s") else { fatalError("no key") }
  var rules = JWTVerifier.Rules(issuers: narrow ? ["site"] : nil, audiences: narrow ? ["skein"] : nil)
  rules.required = narrow ? [.subject, .expires] : []
  return JWTVerifier(keys: [signer.verifier, secret], rules: rules)
}

private func checkForm(_ text: String) {
  guard let signed = try? JWS(compact: text, limit: 4096) else {
    demand((try? verifier(false).verify(text, now: now)) == nil, "what is no token is believed")
    return
  }
  demand(text.utf8.count <= 4096, "a token beyond the limit")
  let input = String(decoding: signed.signingInput, as: UTF8.self)
  demand(input + "." + Base64URL.encode(signed.signature) == text, "another text of the same token")
  demand(input.hasSuffix("." + Base64URL.encode(signed.payload)), "another text of the same payload")
  demand((try? verifier(false).verify(text, now: now)) == nil, "a token is believed that no key has signed")
}

private func checkKeySet(_ bytes: [UInt8]) {
  guard let set = try? JWKSet(parsing: bytes) else { return }
  demand(set.keys.count + set.omitted.count <= JWKSet.mostKeys, "too many keys")
  for key in set.keys {
    demand(key.algorithm != .hs256, "a shared secret in a set of public keys")
    demand(
      !key.verifies([], of: bytes) && !key.verifies([UInt8](repeating: 0, count: 64), of: bytes), "\(key) believes")
    if let id = key.id { demand(!set.keys(id: id, algorithm: key.algorithm).isEmpty, "\(key) is not found") }
  }
}

/// The bytes as the claims of a token that is well signed.
private func checkSigned(_ plan: FuzzPlan, _ bytes: [UInt8]) {
  let claims = try? JWTClaims(bytes)
  guard let object = (try? JSONValue(parsing: bytes))?.object else {
    demand(claims == nil, "claims that are no object")
    return
  }
  let token = signer.sign(object, type: "JWT")
  let verifier = verifier(plan.hasNarrowLimits)
  guard let found = try? verifier.verify(token, now: now) else { return }
  demand(found.all == object, "other claims than those that were signed")
  demand(found.expires.map { now < $0 + 60 } ?? true, "an expired token is believed")
  demand(found.notBefore.map { now >= $0 - 60 } ?? true, "a token is believed too early")
  if plan.hasNarrowLimits {
    demand(found.issuer == "site" && found.audience?.contains("skein") ?? false, "a stranger's token is believed")
    demand(found.subject.map { 1...JWTClaims.longestSubject ~= $0.utf8.count } ?? false, "without a subject")
  }
  // The planned character is another.
  var other = Array(token.utf8)
  let place = (plan.lengths.first ?? 0).magnitude % UInt(other.count)
  other[Int(place)] = other[Int(place)] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
  demand((try? verifier.verify(String(decoding: other, as: UTF8.self), now: now)) == nil, "another text is believed")
}

private func checkSecrets(_ text: String) {
  if let key = APIKey(text) { demand(key.text == text && key.shown.utf8.count == 11, "another key") }
  if let token = RefreshToken(text) { demand(token.text == text && APIKey(text) == nil, "another token") }
}
