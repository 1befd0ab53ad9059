extension JSONValue {
  /// Whether a string in it, or a name, holds U+0000, which PostgreSQL can't store.
  package var holdsNUL: Bool {
    switch self {
    case .string(let text): text.utf8.contains(0)
    case .array(let elements): elements.contains(where: \.holdsNUL)
    case .object(let object): object.members.contains { $0.key.utf8.contains(0) || $0.value.holdsNUL }
    default: false
    }
  }
}
