/// Points in time as HTTP writes them, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7).
package enum HTTPDate {
  private static let days: StaticString = "ThuFriSatSunMonTueWed"
  private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

  /// Appends the date of a second since 1970-01-01 (UTC) in years 0 to 9999.
  package static func append(_ seconds: Int64, to output: inout [UInt8]) {
    var day = seconds / 86_400
    var second = seconds % 86_400
    if second < 0 {
      second += 86_400
      day -= 1
    }
    let date = civil(day)
    append(days, Int((day % 7 + 7) % 7), to: &output)
    output.append(contentsOf: [UInt8(ascii: ","), 0x20])
    append(date.day, 2, to: &output)
    output.append(0x20)
    append(months, date.month - 1, to: &output)
    output.append(0x20)
    append(date.year, 4, to: &output)
    output.append(0x20)
    append(Int(second / 3600), 2, to: &output)
    output.append(UInt8(ascii: ":"))
    append(Int(second / 60 % 60), 2, to: &output)
    output.append(UInt8(ascii: ":"))
    append(Int(second % 60), 2, to: &output)
    output.append(contentsOf: [0x20, UInt8(ascii: "G"), UInt8(ascii: "M"), UInt8(ascii: "T")])
  }

  /// The date of a second since 1970-01-01 (UTC).
  package static func text(_ seconds: Int64) -> String {
    var output: [UInt8] = []
    append(seconds, to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  /// The second since 1970-01-01 (UTC) of a date in the form that is written here, nil for anything else: the two old
  /// forms too, which no client of this century sends.
  package static func parse(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    guard bytes.count == 29 else { return nil }
    func number(_ range: Range<Int>) -> Int? {
      var value = 0
      for byte in bytes[range] {
        guard HTTPText.isDigit(byte) else { return nil }
        value = value * 10 + Int(byte - 0x30)
      }
      return value
    }
    guard let day = number(5..<7), let year = number(12..<16), let hour = number(17..<19),
      let minute = number(20..<22), let second = number(23..<25),
      let month = (0..<12).first(where: { index in
        (0..<3).allSatisfy { months.utf8Start[index * 3 + $0] == bytes[8 + $0] }
      }),
      hour < 24, minute < 60, second < 61, day >= 1
    else { return nil }
    let seconds = days(year, month + 1, day) * 86_400 + Int64(hour * 3600 + minute * 60 + min(second, 59))
    // Written again it shows whether the rest of the text was right: the weekday, the punctuation, 30 February.
    var again: [UInt8] = []
    append(seconds, to: &again)
    if second == 60 { again.replaceSubrange(23..<25, with: [UInt8(ascii: "6"), UInt8(ascii: "0")]) }
    return again == bytes ? seconds : nil
  }

  /// Year, month and day of a number of days since 1970-01-01. Years are counted from March, so that the leap day is
  /// their last, and in eras of 400 years, which are all alike.
  private static func civil(_ days: Int64) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let march = (5 * dayOfYear + 2) / 153
    let month = Int(march < 10 ? march + 3 : march - 9)
    let year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
    return (year, month, Int(dayOfYear - (153 * march + 2) / 5 + 1))
  }

  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int64(era * 146_097 + dayOfEra - 719_468)
  }

  private static func append(_ names: StaticString, _ index: Int, to output: inout [UInt8]) {
    for place in 0..<3 { output.append(names.utf8Start[index * 3 + place]) }
  }

  private static func append(_ number: Int, _ digits: Int, to output: inout [UInt8]) {
    var divisor = 1
    for _ in 1..<digits { divisor *= 10 }
    while divisor > 0 {
      output.append(0x30 + UInt8(truncatingIfNeeded: number / divisor % 10))
      divisor /= 10
    }
  }
}

/// The Date field's value, made anew only when the second has changed: one for each loop.
package struct HTTPDateCache: Sendable {
  private var second = Int64.min
  private var value: [UInt8] = []

  /// A cache of nothing yet.
  package init() {}

  /// The date of a second since 1970-01-01 (UTC).
  package mutating func date(at seconds: Int64) -> [UInt8] {
    if seconds != second {
      value.removeAll(keepingCapacity: true)
      HTTPDate.append(seconds, to: &value)
      second = seconds
    }
    return value
  }
}
