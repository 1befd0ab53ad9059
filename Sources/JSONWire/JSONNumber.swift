/// The values of numbers whose grammar has been checked.
enum JSONNumber {
  /// The number's value where it is whole and fits.
  static func integer(_ text: RawSpan) -> Int64? {
    var magnitude: UInt64 = 0
    // How many of the magnitude's digits stand after the point, less the exponent; zeros at the end wait, since they
    // count only when another digit follows.
    var scale = 0
    var zeros = 0
    var isFraction = false
    var exponent = 0
    var index = 0
    let isNegative = text.unsafeLoad(fromByteOffset: 0, as: UInt8.self) == UInt8(ascii: "-")
    if isNegative { index = 1 }
    scan: while index < text.byteCount {
      let byte = text.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      index += 1
      switch byte {
      case UInt8(ascii: "."):
        isFraction = true
      case UInt8(ascii: "e"), UInt8(ascii: "E"):
        exponent = readExponent(text, at: index)
        break scan
      default:
        if isFraction { scale += 1 }
        if byte == UInt8(ascii: "0") {
          zeros += magnitude == 0 ? 0 : 1
          continue
        }
        guard shift(&magnitude, by: zeros + 1) else { return nil }
        let (sum, overflow) = magnitude.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
        if overflow { return nil }
        magnitude = sum
        zeros = 0
      }
    }
    if magnitude == 0 { return 0 }
    let power = exponent + zeros - scale
    guard power >= 0, shift(&magnitude, by: power) else { return nil }
    if isNegative {
      return magnitude <= UInt64(Int64.max) + 1 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
    }
    return Int64(exactly: magnitude)
  }

  /// Whether it is no finite double, has an exponent of more than three digits, or is longer than 1,000 bytes.
  static func isExtreme(_ text: RawSpan) -> Bool {
    if text.byteCount > 1000 { return true }
    var exponentDigits: Int?
    for index in 0..<text.byteCount {
      let byte = text.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      if byte | 0x20 == UInt8(ascii: "e") {
        exponentDigits = 0
      } else if byte >= UInt8(ascii: "0"), let digits = exponentDigits, digits > 0 || byte > UInt8(ascii: "0") {
        exponentDigits = digits + 1
      }
    }
    // Without an exponent, 308 digits are always within a double's range.
    guard exponentDigits != nil || text.byteCount > 308 else { return false }
    return exponentDigits ?? 0 > 3 || double(text.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }) == nil
  }

  /// The nearest double, nil where there is no finite one.
  static func double(_ text: String) -> Double? {
    guard let number = Double(text), number.isFinite else { return nil }
    return number
  }

  /// The shortest text that gives the finite number again, a whole one without a fraction.
  static func text(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private static func shift(_ magnitude: inout UInt64, by power: Int) -> Bool {
    if magnitude == 0 { return true }
    guard power <= 19 else { return false }
    for _ in 0..<power {
      let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
      if overflow { return false }
      magnitude = product
    }
    return true
  }

  /// The exponent, held within bounds that no text under a gigabyte can make up for.
  private static func readExponent(_ text: RawSpan, at offset: Int) -> Int {
    var exponent = 0
    var isNegative = false
    for index in offset..<text.byteCount {
      let byte = text.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      if byte == UInt8(ascii: "-") { isNegative = true }
      guard byte >= UInt8(ascii: "0") else { continue }
      exponent = min(exponent * 10 + Int(byte - UInt8(ascii: "0")), 1 << 40)
    }
    return isNegative ? -exponent : exponent
  }
}
