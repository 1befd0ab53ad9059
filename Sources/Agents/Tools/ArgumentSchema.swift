package import JSONWire

/// Judges arguments by the JSON Schema of a tool, as far as schemas of tools go: `type`, `properties`, `required`,
/// `additionalProperties`, `enum`, `const`, `items`, `prefixItems`, bounds of numbers, lengths and counts, `anyOf`,
/// `oneOf`, `allOf`, and `$ref` within the schema. What else it says is the tool's own to judge; `pattern` too, since a
/// foreign one may take for ever.
package struct ArgumentSchema: Sendable {
  private let root: JSONValue
  /// So deep a value or a chain of references is looked at, and so many steps in all: what is beyond counts as good.
  private static let mostDepth = 48
  private static let mostSteps = 20_000

  package init(_ schema: JSONObject) { root = .object(schema) }

  /// What is wrong with a value, in words for whoever made it; nil for nothing.
  package func mistake(in value: JSONValue) -> String? {
    var steps = 0
    return mistake(value, root, at: "", depth: 0, &steps)
  }

  private func mistake(
    _ value: JSONValue, _ schema: JSONValue, at path: String, depth: Int, _ steps: inout Int
  ) -> String? {
    steps += 1
    guard depth < Self.mostDepth, steps < Self.mostSteps else { return nil }
    let name = path.isEmpty ? "the arguments" : path
    if schema.bool == false { return "\(name): may not be there" }
    guard let rules = schema.object else { return nil }
    if let target = rules["$ref"]?.string, let place = place(target),
      let mistake = mistake(value, place, at: path, depth: depth + 1, &steps)
    {
      return mistake
    }
    if let mistake = Self.mistakeOfKind(value, rules, name) { return mistake }
    if let mistake = Self.mistakeOfValue(value, rules, name) { return mistake }
    if let object = value.object, let mistake = inMembers(object, rules, path, depth, &steps) { return mistake }
    if let array = value.array, let mistake = inElements(array, rules, path, depth, &steps) { return mistake }
    return inForms(value, rules, path, depth, &steps)
  }

  // MARK: Parts

  private func inMembers(
    _ object: JSONObject, _ rules: JSONObject, _ path: String, _ depth: Int, _ steps: inout Int
  ) -> String? {
    func child(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
    for case let key? in (rules["required"]?.array ?? []).map(\.string) where object[key] == nil {
      return "\(child(key)): missing"
    }
    let properties = rules["properties"]?.object ?? JSONObject()
    let others = rules["patternProperties"] == nil ? rules["additionalProperties"] : nil
    for member in object.members {
      guard let rule = properties[member.key] ?? others else { continue }
      if properties[member.key] == nil, rule.bool == false {
        let names = properties.members.map(\.key).joined(separator: ", ")
        return "\(child(Self.word(member.key))): there is no such argument; there are: \(names)"
      }
      let place = child(Self.word(member.key))
      if let mistake = mistake(member.value, rule, at: place, depth: depth + 1, &steps) { return mistake }
    }
    return nil
  }

  private func inElements(
    _ array: [JSONValue], _ rules: JSONObject, _ path: String, _ depth: Int, _ steps: inout Int
  ) -> String? {
    let first = rules["prefixItems"]?.array ?? []
    for (index, element) in array.enumerated() {
      guard let rule = index < first.count ? first[index] : rules["items"] else { continue }
      if let mistake = mistake(element, rule, at: "\(path)[\(index)]", depth: depth + 1, &steps) { return mistake }
    }
    return nil
  }

  private func inForms(
    _ value: JSONValue, _ rules: JSONObject, _ path: String, _ depth: Int, _ steps: inout Int
  ) -> String? {
    for form in rules["allOf"]?.array ?? [] {
      if let mistake = mistake(value, form, at: path, depth: depth + 1, &steps) { return mistake }
    }
    for (key, isExact) in [("anyOf", false), ("oneOf", true)] {
      guard let forms = rules[key]?.array, !forms.isEmpty else { continue }
      var (fitting, first) = (0, String?.none)
      for form in forms {
        if let mistake = mistake(value, form, at: path, depth: depth + 1, &steps) {
          first = first ?? mistake
        } else {
          fitting += 1
        }
      }
      let name = path.isEmpty ? "the arguments" : path
      if fitting == 0 { return "\(name): fits none of the allowed forms, of the first not since: \(first ?? "")" }
      if isExact, fitting > 1 { return "\(name): fits several forms of which it may fit one" }
    }
    return nil
  }

  // MARK: Single values

  private static func mistakeOfKind(_ value: JSONValue, _ rules: JSONObject, _ name: String) -> String? {
    guard let type = rules["type"] else { return nil }
    let kinds = type.string.map { [$0] } ?? (type.array ?? []).compactMap(\.string)
    if kinds.isEmpty || kinds.contains(where: { isKind(value, $0) }) { return nil }
    return "\(name): has to be of type \(kinds.joined(separator: " or "))"
  }

  private static func isKind(_ value: JSONValue, _ kind: String) -> Bool {
    switch (kind, value) {
    case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object),
      ("number", .int), ("number", .number), ("integer", .int):
      true
    // 1.0 is one, and so is what no Int64 holds.
    case ("integer", .number(let text)):
      value.int != nil || text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2D }
    case ("null", _), ("boolean", _), ("string", _), ("array", _), ("object", _), ("number", _), ("integer", _): false
    default: true
    }
  }

  private static func mistakeOfValue(_ value: JSONValue, _ rules: JSONObject, _ name: String) -> String? {
    if let allowed = rules["enum"]?.array, !allowed.contains(where: { $0.isSame(as: value) }) {
      let list = allowed.prefix(30).map { word($0.description) }.joined(separator: ", ")
      return "\(name): has to be one of \(list)"
    }
    if let only = rules["const"], !only.isSame(as: value) { return "\(name): has to be \(word(only.description))" }
    func bound(_ key: String, _ good: (Double) -> Bool, _ words: String) -> String? {
      guard let limit = rules[key], let number = limit.double, !good(number) else { return nil }
      return "\(name): \(words) \(limit)"
    }
    switch value {
    case .int, .number:
      guard let number = value.double else { return nil }
      return bound("minimum", { number >= $0 }, "has to be at least")
        ?? bound("maximum", { number <= $0 }, "has to be at most")
        ?? bound("exclusiveMinimum", { number > $0 }, "has to be more than")
        ?? bound("exclusiveMaximum", { number < $0 }, "has to be less than")
    case .string(let text):
      let count = Double(text.unicodeScalars.count)
      return bound("minLength", { count >= $0 }, "its length has to be at least")
        ?? bound("maxLength", { count <= $0 }, "its length has to be at most")
    case .array(let elements):
      let count = Double(elements.count)
      return bound("minItems", { count >= $0 }, "its number of elements has to be at least")
        ?? bound("maxItems", { count <= $0 }, "its number of elements has to be at most")
    default: return nil
    }
  }

  /// What a reference points at, where that is in this schema (RFC 6901).
  private func place(_ reference: String) -> JSONValue? {
    guard reference.hasPrefix("#") else { return nil }
    var place = root
    for part in reference.dropFirst().split(separator: "/") {
      let key = String(part).replacing("~1", with: "/").replacing("~0", with: "~")
      guard let next = place[key] ?? Int(key).flatMap({ place[$0] }) else { return nil }
      place = next
    }
    return place
  }

  /// What a model has written may be of any length.
  private static func word(_ text: String) -> String {
    text.utf8.count <= 100 ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(100))) + "…"
  }
}
