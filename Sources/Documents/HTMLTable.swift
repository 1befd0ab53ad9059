/// The cells of a table, row by row.
struct HTMLTable {
  private var rows: [[String]] = []

  mutating func beginRow() { rows.append([]) }

  /// - Parameter text: of one line.
  mutating func add(cell text: String) {
    if rows.isEmpty { rows.append([]) }
    rows[rows.count - 1].append(text)
  }

  /// The texts of the rows, without those that have none.
  var texts: [String] {
    rows.map { $0.filter { !$0.isEmpty }.joined(separator: " ") }.filter { !$0.isEmpty }
  }

  /// As Markdown, its first row as the head; what has one column is no table.
  var markdown: String {
    let rows = rows.filter { row in row.contains { !$0.isEmpty } }
    // A row of a thousand cells makes the others no wider.
    let width = min(rows.map(\.count).max() ?? 0, 64)
    guard width > 1, let head = rows.first else { return texts.map { MarkdownText.line($0) }.joined(separator: "\n\n") }
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    func bounded(_ row: [String]) -> [String] {
      row.count > width ? row.prefix(width - 1) + [row[(width - 1)...].joined(separator: " ")] : row
    }
    let first = bounded(head)
    let marks = line(Array(repeating: "---", count: width))
    let names = line(first + Array(repeating: "", count: width - first.count))
    return ([names, marks] + rows.dropFirst().map { line(bounded($0)) }).joined(separator: "\n")
  }
}
