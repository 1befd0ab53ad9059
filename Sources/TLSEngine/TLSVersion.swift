import COpenSSL

/// A version of TLS that is spoken at all: 1.2 (RFC 5246) and 1.3 (RFC 8446). Older ones are not (RFC 8996).
package enum TLSVersion: String, Sendable, CaseIterable {
  case tls12 = "1.2"
  case tls13 = "1.3"

  var number: Int32 {
    switch self {
    case .tls12: TLS1_2_VERSION
    case .tls13: TLS1_3_VERSION
    }
  }
}
