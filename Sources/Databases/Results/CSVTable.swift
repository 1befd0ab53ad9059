package import JSONWire

/// A stored result as comma-separated values (RFC 4180) for spreadsheets.
package enum CSVTable {
  /// What tells programs for spreadsheets that it is UTF-8.
  private static let mark = "\u{FEFF}"
  /// A spreadsheet takes a text that begins so for a formula, which may fetch something from elsewhere, or run it.
  private static let formulaMarks: Set<Unicode.Scalar> = [
    "=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%",
  ]

  /// - Parameter result: as `SQLResult.stored` writes it.
  /// - Returns: nil where it is none.
  package static func text(of result: JSONValue) -> String? {
    guard let columns = result["columns"]?.array, let rows = result["rows"]?.array else { return nil }
    let lines = [columns] + rows.map { $0.array ?? [] }
    return mark + lines.map { $0.map(cell).joined(separator: ",") + "\r\n" }.joined()
  }

  private static func cell(_ value: JSONValue) -> String {
    switch value {
    case .null: ""
    case .string(let text): quoted(harmless(text))
    default: value.description
    }
  }

  /// A text that stays one: behind an apostrophe where it could be taken for a formula. Numbers stay numbers.
  private static func harmless(_ text: String) -> String {
    let first = text.unicodeScalars.first { $0 != " " && $0 != "\u{FEFF}" }
    guard let first, formulaMarks.contains(first),
      text.wholeMatch(of: /[+\-]?[0-9]+(\.[0-9]+)?([eE][+\-]?[0-9]+)?/) == nil
    else { return text }
    return "'" + text
  }

  private static func quoted(_ text: String) -> String {
    let needsQuotes = text.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) } || text.first == " " || text.isEmpty
    return needsQuotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }
}
