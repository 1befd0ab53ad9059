import Calendar

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
    let date = CivilDate(daysSince1970: day)
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
    let date = CivilDate(year: year, month: month + 1, day: day)
    let seconds = date.daysSince1970 * 86_400 + Int64(hour * 3600 + minute * 60 + min(second, 59))
    // Written again it shows whether the rest of the text was right: the weekday, the punctuation, 30 February.
    var again: [UInt8] = []
    append(seconds, to: &again)
    if second == 60 { again.replaceSubrange(23..<25, with: [UInt8(ascii: "6"), UInt8(ascii: "0")]) }
    return again == bytes ? seconds : nil
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
