/// How text goes into a header field that mirrors a part of a message (revision 2026-07-28, streamable HTTP, "Value
/// Encoding").
enum FieldValue {
  static func encode(_ text: String) -> String {
    let isPlain =
      text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && text.first != " " && text.last != " "
      && !(text.hasPrefix("=?base64?") && text.hasSuffix("?="))
    return isPlain ? text : "=?base64?\(base64(Array(text.utf8)))?="
  }

  /// RFC 4648 section 4.
  private static func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for place in 0..<4 {
        text.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
