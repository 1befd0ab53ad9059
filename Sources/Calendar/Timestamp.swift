/// Times as the wire and the logs write them: RFC 3339 in UTC with milliseconds.
package enum Timestamp {
  /// - Parameter milliseconds: since 1970, UTC; not before.
  package static func rfc3339(milliseconds: Int64) -> [UInt8] {
    let (days, millisecondOfDay) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
    let date = CivilDate(daysSince1970: days)
    var text: [UInt8] = []
    text.reserveCapacity(24)
    func digits(_ value: Int, _ width: Int, then separator: Unicode.Scalar) {
      var divisor = 1
      for _ in 1..<width { divisor *= 10 }
      while divisor > 0 {
        text.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
        divisor /= 10
      }
      text.append(UInt8(ascii: separator))
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
}
