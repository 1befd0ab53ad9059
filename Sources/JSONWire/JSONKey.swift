/// A member's key where it stands in the text: compared without being copied.
package struct JSONKey: ~Escapable {
  /// The bytes between the quotes, with their escapes.
  package let raw: RawSpan
  /// Whether `raw` holds escapes.
  package let hasEscapes: Bool

  @_lifetime(copy raw)
  init(raw: RawSpan, hasEscapes: Bool) {
    self.raw = raw
    self.hasEscapes = hasEscapes
  }

  /// Whether the key, its escapes decoded, is the given text.
  package func matches(_ name: StaticString) -> Bool {
    guard !hasEscapes else { return matchesDecoded(name) }
    let count = name.utf8CodeUnitCount
    guard raw.byteCount == count else { return false }
    let start = name.utf8Start
    return raw.withUnsafeBytes { raw in
      // Names are short: a plain loop beats a call of memcmp.
      for index in 0..<count where raw[index] != start[index] { return false }
      return true
    }
  }

  /// Whether the key, its escapes decoded, is the given text.
  @inlinable
  package static func == (key: JSONKey, name: StaticString) -> Bool { key.matches(name) }

  /// The key with its escapes decoded.
  package var string: String {
    guard hasEscapes else { return raw.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
    var decoded: [UInt8] = []
    JSONEscapes.decode(raw, into: &decoded)
    return String(decoding: decoded, as: UTF8.self)
  }

  private func matchesDecoded(_ name: StaticString) -> Bool {
    var decoded: [UInt8] = []
    JSONEscapes.decode(raw, into: &decoded)
    let count = name.utf8CodeUnitCount
    return decoded.elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: count))
  }
}
