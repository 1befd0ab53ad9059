/// A whole JSON value in memory, for small objects. Numbers keep their text, so that what was parsed is written again
/// unchanged.
package indirect enum JSONValue: Sendable {
  case null
  case bool(Bool)
  /// A number written as an integer that fits.
  case int(Int64)
  /// Any other number, as it is written.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)
}

extension JSONValue {
  /// The value that the bytes hold, and nothing besides it. Throws every `JSONError`, `invalidUTF8` too.
  package init(parsing bytes: RawSpan, maxDepth: Int = 32) throws(JSONError) {
    var reader = try JSONReader(validating: bytes, maxDepth: maxDepth)
    self = try JSONValue(from: &reader)
    try reader.finish()
  }

  /// The value that the bytes hold, as `init(parsing:maxDepth:)`.
  package init(parsing bytes: [UInt8], maxDepth: Int = 32) throws(JSONError) {
    try self.init(parsing: bytes.span.bytes, maxDepth: maxDepth)
  }

  /// The value that the text holds, as `init(parsing:maxDepth:)`.
  package init(parsing text: String, maxDepth: Int = 32) throws(JSONError) {
    try self.init(parsing: Array(text.utf8), maxDepth: maxDepth)
  }

  /// The value that comes next in a reader. The reader's depth bounds the recursion.
  package init(from reader: inout JSONReader) throws(JSONError) {
    switch try reader.peekKind() {
    case .null:
      try reader.readNull()
      self = .null
    case .bool:
      self = .bool(try reader.readBool())
    case .string:
      self = .string(try reader.readString())
    case .number:
      self = JSONValue(number: try reader.readNumberText())
    case .array:
      var elements: [JSONValue] = []
      try reader.beginArray()
      while try reader.nextElement() { elements.append(try JSONValue(from: &reader)) }
      self = .array(elements)
    case .object:
      self = .object(try JSONObject(from: &reader))
    }
  }

  /// Writes the value.
  package func write(to writer: inout JSONWriter) {
    switch self {
    case .null: writer.null()
    case .bool(let value): writer.bool(value)
    case .int(let value): writer.int(value)
    case .number(let text): writer.raw(Array(text.utf8))
    case .string(let text): writer.string(text)
    case .array(let elements):
      writer.beginArray()
      for element in elements { element.write(to: &writer) }
      writer.endArray()
    case .object(let object): object.write(to: &writer)
    }
  }

  /// The value as JSON.
  package var bytes: [UInt8] {
    var writer = JSONWriter()
    write(to: &writer)
    return writer.bytes
  }

  /// A number. One that is not finite becomes null, since JSON has no word for it.
  package static func double(_ value: Double) -> JSONValue {
    value.isFinite ? JSONValue(number: JSONNumber.text(value)) : .null
  }

  private init(number text: String) {
    // "-0" as an integer would lose its sign.
    if let value = Int64(text), text != "-0" { self = .int(value) } else { self = .number(text) }
  }
}

extension JSONValue {
  /// The member of an object; nil for other values and where there is none.
  package subscript(key: String) -> JSONValue? { object?[key] }

  /// The element of an array; nil for other values and outside of its bounds.
  package subscript(index: Int) -> JSONValue? {
    guard let array, array.indices.contains(index) else { return nil }
    return array[index]
  }

  /// The text, where the value is a string.
  package var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The number, where the value is one that is whole and fits; `1.0` and `1e3` are.
  package var int: Int64? {
    switch self {
    case .int(let value): value
    case .number(let text): JSONNumber.integer(Array(text.utf8).span.bytes)
    default: nil
    }
  }

  /// The nearest double, where the value is a number within its range.
  package var double: Double? {
    switch self {
    case .int(let value): Double(value)
    case .number(let text): JSONNumber.double(text)
    default: nil
    }
  }

  /// The truth value, where the value is one.
  package var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The elements, where the value is an array.
  package var array: [JSONValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// The members, where the value is an object.
  package var object: JSONObject? {
    if case .object(let object) = self { object } else { nil }
  }

  /// Whether the value is null.
  package var isNull: Bool {
    if case .null = self { true } else { false }
  }
}

extension JSONValue: Equatable {
  /// Whether both are written alike. Strings are compared by their scalars, not by canonical equivalence as Swift's are.
  package static func == (left: JSONValue, right: JSONValue) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.int(let left), .int(let right)): left == right
    case (.number(let left), .number(let right)): left == right
    case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
    case (.array(let left), .array(let right)): left == right
    case (.object(let left), .object(let right)): left == right
    default: false
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByFloatLiteral
{
  /// A string.
  package init(stringLiteral value: String) { self = .string(value) }
  /// A whole number.
  package init(integerLiteral value: Int64) { self = .int(value) }
  /// A number.
  package init(floatLiteral value: Double) { self = .double(value) }
  /// A truth value.
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  /// Null.
  package init(nilLiteral: ()) { self = .null }
  /// An array.
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// An object; a later member replaces an earlier one of the same key.
  package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}

extension JSONValue: CustomStringConvertible {
  /// The value as JSON.
  package var description: String { String(decoding: bytes, as: UTF8.self) }
}
