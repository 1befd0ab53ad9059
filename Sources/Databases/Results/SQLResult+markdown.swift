/// A result for people.
extension SQLResult {
  /// A table in Markdown of the first rows, and how many there are.
  package func markdown(rows most: Int = 50) -> String {
    guard !columns.isEmpty else { return "" }
    var lines = [Self.line(columns.map(\.name))]
    lines.append("|" + columns.map { $0.isNumber ? " ---: |" : " --- |" }.joined())
    for row in rows.prefix(most) { lines.append(Self.line(row.map { $0 ?? "" })) }
    return lines.joined(separator: "\n") + "\n\n" + count(shown: min(most, rows.count))
  }

  private func count(shown: Int) -> String {
    let all = "\(rows.count) row" + (rows.count == 1 ? "" : "s")
    if shown < rows.count { return "The first \(shown) of \(isTruncated ? "more than \(all)" : all)." }
    return isTruncated ? "\(all); there is more than is shown." : "\(all)."
  }

  private static func line(_ cells: [String]) -> String { "| " + cells.map(cell).joined(separator: " | ") + " |" }

  /// A value as text and nothing else: no markup of it counts, and no line ends in it.
  private static func cell(_ text: String) -> String {
    var cell = ""
    for character in text.prefix(200) {
      switch character {
      case "\\", "`", "*", "_", "{", "}", "[", "]", "<", ">", "#", "!", "|", "~", "&":
        cell.append("\\")
        cell.append(character)
      case _ where character.isNewline: cell.append(" ")
      default: cell.append(character)
      }
    }
    return text.count > 200 ? cell + "…" : cell
  }

  /// A statement in a block of code that it can't leave.
  package static func block(_ sql: String) -> String {
    var fence = "```"
    while sql.contains(fence) { fence += "`" }
    return "\(fence)sql\n\(sql)\n\(fence)"
  }
}
