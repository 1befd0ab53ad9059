/// A parameter's value. It travels in PostgreSQL's binary form and must have the type that the statement gives the
/// parameter: an `int8` for an `integer` column is refused by the server, so cast in the statement where they differ.
package enum PostgresValue: Sendable {
  /// NULL of whatever type the parameter has.
  case null
  case bool(Bool)
  case int2(Int16)
  case int4(Int32)
  case int8(Int64)
  case float8(Double)
  /// text, varchar, name, or an enumeration's label. May not contain U+0000, which PostgreSQL can't store.
  case text(String)
  /// The same, given as UTF-8.
  case utf8([UInt8])
  case bytea([UInt8])
  case uuid(UUIDValue)
  /// Microseconds since 1970-01-01T00:00:00Z.
  case timestamptz(Int64)
  /// JSON text for a parameter of type json.
  case json([UInt8])
  /// JSON text for a parameter of type jsonb.
  case jsonb([UInt8])
  /// A one-dimensional array, as for `unnest($1::int8[])`.
  case array(PostgresArray)
}

/// Arrays out of Swift's own, encoded at once.
extension PostgresValue {
  package static func bools(_ values: [Bool?]) -> PostgresValue {
    array(.bool, values) { $0.append($1) }
  }

  package static func int2s(_ values: [Int16?]) -> PostgresValue {
    array(.int2, values) { $0.append($1) }
  }

  package static func int4s(_ values: [Int32?]) -> PostgresValue {
    array(.int4, values) { $0.append($1) }
  }

  package static func int8s(_ values: [Int64?]) -> PostgresValue {
    array(.int8, values) { $0.append($1) }
  }

  package static func float4s(_ values: [Float]) -> PostgresValue {
    array(.float4, values.map(Optional.some)) { $0.append($1) }
  }

  package static func float8s(_ values: [Double?]) -> PostgresValue {
    array(.float8, values) { $0.append($1) }
  }

  package static func texts(_ values: [String?]) -> PostgresValue {
    array(.text, values) { $0.append($1) }
  }

  /// Elements as UTF-8.
  package static func utf8s(_ values: [[UInt8]?]) -> PostgresValue {
    array(.text, values) { $0.append($1) }
  }

  package static func byteas(_ values: [[UInt8]?]) -> PostgresValue {
    array(.bytea, values) { $0.append($1) }
  }

  package static func uuids(_ values: [UUIDValue?]) -> PostgresValue {
    array(.uuid, values) { $0.append($1) }
  }

  /// Microseconds since 1970-01-01T00:00:00Z.
  package static func timestamptzs(_ values: [Int64?]) -> PostgresValue {
    array(.timestamptz, values) { $0.append($1) }
  }

  /// JSON texts for a parameter of type json[].
  package static func jsons(_ values: [[UInt8]?]) -> PostgresValue {
    array(.json, values) { $0.append($1) }
  }

  /// JSON texts for a parameter of type jsonb[].
  package static func jsonbs(_ values: [[UInt8]?]) -> PostgresValue {
    array(.jsonb, values) { $0.append($1) }
  }

  private static func array<Element>(
    _ element: PostgresType, _ values: [Element?], _ append: (inout PostgresArray, Element) -> Void
  ) -> PostgresValue {
    var array = PostgresArray(of: element, reserving: values.count)
    for value in values {
      if let value { append(&array, value) } else { array.appendNull() }
    }
    return .array(array)
  }
}
