import JSONWire

/// What others say of their tools, before a model or a person reads it: in bounded length, and without characters that
/// are not seen, in which something may be hidden from whoever looks the text through.
enum ForeignText {
  /// - Parameter most: of characters.
  static func clean(_ text: String, most: Int) -> String {
    var seen = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(8 * most) {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: seen.append(" ")
      case .format, .surrogate, .privateUse, .unassigned: break
      default: seen.append(scalar)
      }
    }
    let words = String(seen).split(separator: " ").joined(separator: " ")
    return words.count > most ? words.prefix(most - 1) + "…" : words
  }

  /// A schema, with the descriptions in it cleaned.
  static func clean(_ schema: JSONObject, most: Int) -> JSONObject {
    JSONObject(
      schema.members.map { member in
        switch (member.key, member.value) {
        case ("description", .string(let text)), ("title", .string(let text)), ("$comment", .string(let text)):
          (member.key, .string(clean(text, most: most)))
        // Values, which have to stay what they are.
        case ("default", _), ("const", _), ("enum", _), ("examples", _): (member.key, member.value)
        default: (member.key, clean(member.value, most: most))
        }
      })
  }

  private static func clean(_ value: JSONValue, most: Int) -> JSONValue {
    switch value {
    case .object(let object): .object(clean(object, most: most))
    case .array(let elements): .array(elements.map { clean($0, most: most) })
    default: value
    }
  }
}
