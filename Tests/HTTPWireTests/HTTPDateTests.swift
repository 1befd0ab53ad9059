import HTTPWire
import Testing

@Suite struct HTTPDateTests {
  static let dates: [(Int64, String)] = [
    (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
    (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
    (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
    (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
    (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
  ]

  @Test(arguments: dates) func datesAreWrittenAndRead(seconds: Int64, text: String) {
    #expect(HTTPDate.text(seconds) == text)
    #expect(HTTPDate.parse(text) == seconds)
  }

  @Test(arguments: [
    "", "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:49:37 GMT", "Wed, 30 Feb 2000 00:00:00 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
  ]) func otherTextsAreNoDates(text: String) {
    #expect(HTTPDate.parse(text) == nil)
  }

  @Test func everyDayFollowsTheOneBefore() {
    var last = HTTPDate.parse("Sat, 01 Jan 1600 00:00:00 GMT") ?? 0
    for _ in 0..<2000 {
      last += 86_400 * 73
      #expect(HTTPDate.parse(HTTPDate.text(last)) == last)
    }
  }
}
