/// Times as the wire and the logs write them: RFC 3339 in UTC with milliseconds.
package enum Timestamp {
  /// - Parameter milliseconds: since 1970, UTC; not before.
  package static func rfc3339(milliseconds: Int64) -> InlineArray<24, UInt8> {
    let (days, millisecondOfDay) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
    let date = CivilDate(daysSince1970: days)
    var text = InlineArray<24, UInt8>(repeating: 0)
    var place = 0
    func digits(_ value: Int, _ width: Int, then separator: Unicode.Scalar) {
      var rest = UInt(bitPattern: value)
      for digit in stride(from: place + width - 1, through: place, by: -1) {
        text[digit] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
      text[place + width] = UInt8(ascii: separator)
      place += width + 1
    }
    let time = Int(millisecondOfDay)
    digits(date.year, 4, then: "-")
    digits(date.month, 2, then: "-")
    digits(date.day, 2, then: "T")
    digits(time / 3_600_000, 2, then: ":")
    digits(time / 60_000 % 60, 2, then: ":")
    digits(time / 1000 % 60, 2, then: ".")
    digits(time % 1000, 3, then: "Z")
    return text
  }

  /// The same as a string.
  package static func text(milliseconds: Int64) -> String {
    rfc3339(milliseconds: milliseconds).span.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
  }
}
