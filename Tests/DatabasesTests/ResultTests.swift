import JSONWire
import Testing

@testable import Databases

/// Results as they are kept, drawn and downloaded.
@Suite struct ResultTests {
  private static func result(
    _ columns: [(name: String, isNumber: Bool)], _ rows: [[String?]], isTruncated: Bool = false
  ) -> SQLResult {
    SQLResult(
      columns: columns.map { SQLResult.Column(name: $0.name, isNumber: $0.isNumber, isTruth: false) }, rows: rows,
      isTruncated: isTruncated, durationMilliseconds: 7, sql: "SELECT 1")
  }

  private static let names = [("name", false), ("n", true)]

  @Test func namesAreBarsAndTimesAreLines() throws {
    let bars = try #require(ResultChart(Self.result(Self.names, [["a", "1"], ["b", "2.5"], ["c", nil]])))
    #expect(bars.kind == .bar && bars.x == 0 && bars.y == [1])
    for times in [
      ["2024-01-01", "2024-01-02"], ["2024-01", "2024-02"], ["2024-01-01 10:00:00", "2024-01-01 11:00:00"],
      ["2024-01-01T10:00:00+00", "2024-01-02T10:00:00+00"], ["2023", "2024"],
    ] {
      let chart = ResultChart(Self.result([("at", false), ("n", true), ("m", true)], times.map { [$0, "1", "-2"] }))
      #expect(chart?.kind == .line && chart?.y == [1, 2], "\(times)")
    }
    // Years are numbers, too.
    #expect(ResultChart(Self.result([("year", true), ("n", true)], [["2023", "1"], ["2024", "2"]]))?.kind == .line)
    // What goes back in time is no line.
    #expect(ResultChart(Self.result(Self.names, [["2024-01-02", "1"], ["2024-01-01", "2"]]))?.kind == .bar)
  }

  @Test func othersAreNotDrawn() {
    let results = [
      Self.result(Self.names, [["a", "1"]]), Self.result(Self.names, []), Self.result([("n", true)], [["1"], ["2"]]),
      Self.result(Self.names, [["a", "1"], ["a", "2"]]), Self.result(Self.names, [["a", "1"], [nil, "2"]]),
      Self.result([("a", false), ("b", false)], [["a", "1"], ["b", "2"]]),
      Self.result([("id", true), ("n", true)], [["1", "1"], ["2", "2"]]),
      Self.result(Self.names, [["a", "NaN"], ["b", "2"]]), Self.result(Self.names, [["a", nil], ["b", nil]]),
      Self.result(Self.names, (0..<26).map { ["a\($0)", "1"] }),
      Self.result([("d", false), ("a", true), ("b", true), ("c", true), ("d", true)], [["a", "1", "1", "1", "1"]]),
    ]
    for result in results { #expect(ResultChart(result) == nil, "\(result.columns.count) \(result.rows.count)") }
  }

  @Test func asMuchIsKeptAsThereIsRoomFor() throws {
    let rows = (0..<500).map { ["row \($0) é😀\"\\", "\($0)"] as [String?] }
    let whole = Self.result(Self.names, rows)
    for most in [200, 1000, 5000, 100_000] {
      let bytes = whole.stored(atMost: most)
      #expect(bytes.count <= most)
      let value = try JSONValue(parsing: bytes)
      let kept = try #require(value["rows"]?.array)
      #expect(value["row_count"] == .int(Int64(kept.count)) && value["truncated"] == .bool(kept.count < 500))
      #expect(kept.enumerated().allSatisfy { $1[0]?.string == rows[$0][0] })
      // A part is not drawn.
      #expect(value["chart"] == nil)
    }
    #expect(whole.stored(atMost: 10).isEmpty)
    let small = try JSONValue(parsing: Self.result(Self.names, [["a", "1"], ["b", "2"]]).stored(atMost: 1000))
    #expect(small["chart"] == ["kind": "bar", "x": 0, "y": [1]])
  }

  @Test(arguments: [
    ("=1+1", "'=1+1"), ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"), ("-2+3", "'-2+3"), ("@SUM(A1)", "'@SUM(A1)"),
    ("\t=1", "'\t=1"), (" =1", "' =1"), ("＝1", "'＝1"), ("|x", "'|x"), ("-5", "-5"), ("+5.5e3", "+5.5e3"),
    ("a", "a"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("a\nb", "\"a\nb\""), ("a\r\nb", "\"a\r\nb\""),
    ("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""), ("", "\"\""), (" a", "\" a\""),
    ("\r=1", "\"'\r=1\""),
  ])
  func cellsAreTexts(text: String, cell: String) throws {
    let value: JSONValue = ["columns": ["a", "b"], "rows": [[.string(text), nil], [-5, true]]]
    let csv = try #require(CSVTable.text(of: value))
    #expect(csv.hasPrefix("\u{FEFF}a,b\r\n") && csv.hasSuffix("\r\n-5,true\r\n"), "\(csv)")
    #expect(csv.contains("\r\n\(cell),\r\n"), "\(csv)")
  }

  @Test func whatIsNoResultIsNoTable() {
    #expect(CSVTable.text(of: "x") == nil && CSVTable.text(of: ["columns": []]) == nil)
  }
}
