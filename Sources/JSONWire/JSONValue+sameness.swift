extension JSONValue {
  /// Whether two values are the same: numbers by what they are, objects whatever the order of their members.
  package func isSame(as other: JSONValue) -> Bool {
    switch (self, other) {
    case (.int, .number), (.number, .int), (.number, .number): double == other.double
    case (.array(let left), .array(let right)):
      left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
    case (.object(let left), .object(let right)):
      left.count == right.count
        && left.members.allSatisfy { member in right[member.key].map { member.value.isSame(as: $0) } ?? false }
    default: self == other
    }
  }
}
