import Calendar
import Testing

@Suite struct TimestampTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"), (86_399_999, "1970-01-01T23:59:59.999Z"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z"), (951_868_800_000, "2000-03-01T00:00:00.000Z"),
      (1_000_000_000_000, "2001-09-09T01:46:40.000Z"), (1_709_164_800_123, "2024-02-29T00:00:00.123Z"),
      (1_735_689_599_999, "2024-12-31T23:59:59.999Z"), (1_772_323_199_999, "2026-02-28T23:59:59.999Z"),
      (1_772_323_200_000, "2026-03-01T00:00:00.000Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
      (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ] as [(Int64, String)])
  func knownDates(_ milliseconds: Int64, _ text: String) {
    #expect(Timestamp.text(milliseconds: milliseconds) == text)
  }

  /// Every day of 800 years comes after the one before, in the order of the calendar.
  @Test func everyDayFollows() {
    let lengths: [Int] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    var (year, month, day) = (1970, 1, 1)
    for number in 0..<292_194 {
      let text = Timestamp.text(milliseconds: Int64(number) * 86_400_000).prefix(10)
      let expected = "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
      guard text == expected else {
        Issue.record("\(text) instead of \(expected)")
        return
      }
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      day += 1
      if day > lengths[month - 1] + (isLeap && month == 2 ? 1 : 0) { (month, day) = (month + 1, 1) }
      if month > 12 { (year, month) = (year + 1, 1) }
    }
  }
}
