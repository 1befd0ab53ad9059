/// Prepares a Markdown text for cutting: what no reader of a passage should see goes.
enum MarkdownSource {
  /// The text as valid UTF-8 with "\n" at its lines' ends, without U+0000 (PostgreSQL can't store it), byte order mark,
  /// front matter (between lines of `---` at the very start) and HTML comments outside code.
  static func clean(_ bytes: [UInt8]) -> String {
    var kept: [UInt8] = []
    kept.reserveCapacity(bytes.count)
    for (index, byte) in bytes.enumerated() where byte != 0 {
      guard byte == UInt8(ascii: "\r") else {
        kept.append(byte)
        continue
      }
      if index + 1 >= bytes.count || bytes[index + 1] != UInt8(ascii: "\n") { kept.append(UInt8(ascii: "\n")) }
    }
    let start = kept.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var lines = String(decoding: kept[start...], as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)[...]
    if lines.first == "---", let end = lines.dropFirst().firstIndex(where: { $0 == "---" || $0 == "..." }) {
      lines = lines[(end + 1)...]
    }
    return withoutComments(lines).joined(separator: "\n")
  }

  /// The text as it may be stored: valid UTF-8 without U+0000.
  static func valid(_ bytes: [UInt8]) -> String { String(decoding: bytes.lazy.filter { $0 != 0 }, as: UTF8.self) }

  private static func withoutComments(_ lines: ArraySlice<Substring>) -> [String] {
    var inFence = false
    var inComment = false
    var kept: [String] = []
    for line in lines {
      let trimmed = line.trimmingBlanks
      if !inComment, trimmed.hasPrefix("```") || trimmed.hasPrefix("~~~") {
        inFence.toggle()
        kept.append(String(line))
        continue
      }
      guard !inFence, inComment || line.contains("<!--") else {
        kept.append(String(line))
        continue
      }
      let rest = outsideComments(line, &inComment)
      if rest.contains(where: { $0 != " " }) { kept.append(rest) }
    }
    return kept
  }

  private static func outsideComments(_ line: Substring, _ inComment: inout Bool) -> String {
    var rest = line
    var kept = ""
    while !rest.isEmpty {
      if inComment {
        guard let end = rest.firstRange(of: "-->") else { break }
        rest = rest[end.upperBound...]
        inComment = false
      } else if let start = rest.firstRange(of: "<!--") {
        kept += rest[..<start.lowerBound]
        rest = rest[start.upperBound...]
        inComment = true
      } else {
        kept += rest
        break
      }
    }
    return kept
  }
}
