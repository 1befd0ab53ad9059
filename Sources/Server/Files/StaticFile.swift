import Accounts
import Glibc

/// A file as it is served.
struct StaticFile: Sendable {
  let name: String
  let bytes: [UInt8]
  /// Where that is smaller.
  let gzip: [UInt8]?
  /// A strong entity tag (RFC 9110 section 8.8.3), without its quotes: the beginning of the content's SHA-256.
  let tag: String
  /// When it was last changed, in nanoseconds since 1970.
  let stamp: Int64
  /// The same in seconds.
  var modified: Int64 { stamp / 1_000_000_000 }

  init(name: String, bytes: [UInt8], stamp: Int64) {
    self.name = name
    self.bytes = bytes
    self.stamp = stamp
    let hex = Array("0123456789abcdef".utf8)
    tag = String(
      decoding: SHA256.digest(bytes).prefix(16).flatMap { [hex[Int($0 >> 4)], hex[Int($0 & 15)]] }, as: UTF8.self)
    let isWorthIt = ContentType.of(name).isText && bytes.count > 512
    gzip = isWorthIt ? Gzip.compress(bytes).flatMap { $0.count < bytes.count ? $0 : nil } : nil
  }
}
