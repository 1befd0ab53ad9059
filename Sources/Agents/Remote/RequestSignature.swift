import Accounts

/// By what a service knows that a request is ours and fresh: `Skein-Signature: t=SECONDS,v1=HEX`, where HEX is the
/// HMAC-SHA256 (RFC 2104), by the secret that both know, of SECONDS, a full stop, and the content.
package enum RequestSignature {
  package static let field = "Skein-Signature"

  /// - Parameter now: in seconds since 1970; a service should refuse what is older than some minutes.
  package static func value(_ content: [UInt8], secret: String, now: Int64) -> String {
    let code = HMACSHA256.code(of: Array("\(now).".utf8) + content, key: Array(secret.utf8))
    return "t=\(now),v1=\(hex(code))"
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      let text = String(byte, radix: 16)
      return text.utf8.count == 1 ? "0" + text : text
    }.joined()
  }
}
