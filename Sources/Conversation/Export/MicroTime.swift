import Calendar

/// Times in files of exported sessions: RFC 3339 in UTC with microseconds, as the store has them.
package enum MicroTime {
  /// - Parameter microseconds: since 1970; not before.
  package static func text(_ microseconds: Int64) -> String {
    let (milliseconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1000)
    let digits = String(rest)
    return Timestamp.text(milliseconds: milliseconds).dropLast() + String(repeating: "0", count: 3 - digits.count)
      + digits + "Z"
  }

  /// Nil where the text is not of that form, or no such time is.
  package static func microseconds(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    guard bytes.count == 27 else { return nil }
    var numbers: [Int] = []
    var value = 0
    for (byte, form) in zip(bytes, "0000-00-00T00:00:00.000000Z".utf8) {
      if form == UInt8(ascii: "0") {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        value = value * 10 + Int(byte - UInt8(ascii: "0"))
      } else {
        guard byte == form else { return nil }
        numbers.append(value)
        value = 0
      }
    }
    let date = CivilDate(year: numbers[0], month: numbers[1], day: numbers[2])
    guard numbers[0] >= 1970, (1...12).contains(numbers[1]), (1...31).contains(numbers[2]), numbers[3] < 24,
      numbers[4] < 60, numbers[5] < 60, CivilDate(daysSince1970: date.daysSince1970) == date
    else { return nil }
    let seconds = date.daysSince1970 * 86_400 + Int64(numbers[3] * 3600 + numbers[4] * 60 + numbers[5])
    return seconds * 1_000_000 + Int64(numbers[6])
  }
}
