/// Anchors of one document's headings, as GitHub makes them: lower case, letters, digits, `-` and `_` kept, blanks become
/// `-`, a repeated one gets `-1`, `-2` and so on.
struct HeadingAnchors {
  private var seen: [String: Int] = [:]

  mutating func anchor(for heading: String) -> String {
    let slug = Self.slug(heading)
    var anchor = slug
    while let count = seen[anchor] {
      seen[slug, default: count] += 1
      anchor = "\(slug)-\(seen[slug] ?? 0)"
      if seen[anchor] == nil { break }
    }
    seen[anchor] = seen[anchor] ?? 0
    return anchor
  }

  /// A heading's words, and the anchor that its author has given it by `{#anchor}` behind them: empty for none at all,
  /// nil where nothing is said of it.
  static func given(_ heading: String) -> (words: String, anchor: String?) {
    guard heading.hasSuffix("}"), let mark = heading.firstRange(of: "{#") else { return (heading, nil) }
    let anchor = heading[mark.upperBound...].dropLast()
    guard !anchor.contains(where: { $0.isWhitespace || $0 == "{" || $0 == "}" }) else { return (heading, nil) }
    return (String(heading[..<mark.lowerBound].trimmingBlanks), String(anchor))
  }

  private static func slug(_ heading: String) -> String {
    var slug = ""
    for character in MarkdownInline.plain(heading).lowercased() {
      if character.isLetter || character.isNumber || character == "-" || character == "_" {
        slug.append(character)
      } else if character == " " {
        slug.append("-")
      }
    }
    return slug
  }
}
