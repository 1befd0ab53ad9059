extension JSONValue {
  /// The same with the members of all objects in the order of their names: equal where two values differ in that order
  /// alone, as one that PostgreSQL has kept differs from what it was given.
  package var ordered: JSONValue {
    switch self {
    case .array(let elements): .array(elements.map(\.ordered))
    case .object(let object):
      .object(
        JSONObject(
          object.members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { ($0.key, $0.value.ordered) }))
    case .null, .bool, .int, .number, .string: self
    }
  }
}
