/// Times of the wire: RFC 3339 in UTC with milliseconds.
package enum Timestamp {
  /// - Parameter milliseconds: since 1970, UTC.
  package static func rfc3339(milliseconds: Int64) -> [UInt8] {
    let (days, millisecondOfDay) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
    let date = civil(days: days)
    var text: [UInt8] = []
    text.reserveCapacity(24)
    func digits(_ value: Int64, _ width: Int) {
      var divisor: Int64 = 1
      for _ in 1..<width { divisor *= 10 }
      while divisor > 0 {
        text.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
        divisor /= 10
      }
    }
    digits(date.year, 4)
    text.append(UInt8(ascii: "-"))
    digits(date.month, 2)
    text.append(UInt8(ascii: "-"))
    digits(date.day, 2)
    text.append(UInt8(ascii: "T"))
    digits(millisecondOfDay / 3_600_000, 2)
    text.append(UInt8(ascii: ":"))
    digits(millisecondOfDay / 60_000 % 60, 2)
    text.append(UInt8(ascii: ":"))
    digits(millisecondOfDay / 1000 % 60, 2)
    text.append(UInt8(ascii: "."))
    digits(millisecondOfDay % 1000, 3)
    text.append(UInt8(ascii: "Z"))
    return text
  }

  /// The Gregorian date of a day counted from 1970-01-01, which may not be before it. Years are counted from March, so
  /// that the leap day is a year's last.
  private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }
}
