import JSONWire
import Testing

@testable import Agents

/// Which arguments a schema takes, and what is told of the others.
@Suite struct ArgumentSchemaTests {
  struct Case: Sendable {
    let schema: JSONValue
    /// What fits.
    var good: [JSONValue] = []
    /// What does not, and a part of what is told of it.
    var bad: [(JSONValue, String)] = []
  }

  private static func number(_ text: String) -> JSONValue { .number(text) }

  static let cases: [Case] = [
    Case(schema: [:], good: [1, "x", [1], [:], nil]),
    Case(schema: ["type": "string"], good: ["", "x"], bad: [(1, "type string"), (nil, "string"), (["x"], "string")]),
    Case(
      schema: ["type": "integer"], good: [1, -5, number("1.0"), number("1e2"), number("99999999999999999999")],
      bad: [(number("1.5"), "type integer"), ("1", "integer"), (true, "integer")]),
    Case(schema: ["type": "number"], good: [1, number("1.5")], bad: [("1", "type number"), (false, "number")]),
    Case(schema: ["type": "boolean"], good: [true, false], bad: [(0, "boolean"), ("true", "boolean")]),
    Case(schema: ["type": "null"], good: [nil], bad: [(0, "null")]),
    Case(schema: ["type": ["string", "null"]], good: ["x", nil], bad: [(1, "string or null")]),
    Case(schema: ["type": "what later versions bring"], good: [1]),
    Case(
      schema: ["type": "object", "properties": ["a": ["type": "string"]], "required": ["a"]],
      good: [["a": "x"], ["a": "x", "b": 1]],
      bad: [([:], "a: missing"), (["a": 1], "a: has to be of type string"), ([1], "type object")]),
    Case(
      schema: ["properties": ["a": [:], "b": [:]], "additionalProperties": false], good: [["a": 1], [:]],
      bad: [(["c": 1], "c: there is no such argument; there are: a, b")]),
    Case(
      schema: ["additionalProperties": ["type": "integer"]], good: [["x": 1]], bad: [(["x": "1"], "x: has to be")]),
    Case(
      schema: ["patternProperties": ["^x": [:]], "additionalProperties": false], good: [["x": 1], ["y": 1]]),
    Case(
      schema: ["enum": ["a", 1, nil, ["k": [1, 2]]]], good: ["a", 1, number("1.0"), nil, ["k": [1, 2]]],
      bad: [("b", "one of \"a\", 1, null"), (["k": [2, 1]], "one of")]),
    Case(
      schema: ["const": ["a": 1, "b": 2]], good: [["b": 2, "a": 1]], bad: [(["a": 1], "has to be {")]),
    Case(
      schema: ["type": "array", "items": ["type": "integer"], "minItems": 1, "maxItems": 2], good: [[1], [1, 2]],
      bad: [([], "at least 1"), ([1, 2, 3], "at most 2"), ([1, "x"], "[1]: has to be of type integer")]),
    Case(
      schema: ["prefixItems": [["type": "string"]], "items": ["type": "integer"]], good: [["a", 1], [], ["a"]],
      bad: [([1], "[0]"), (["a", "b"], "[1]")]),
    Case(
      schema: ["minimum": 1, "maximum": 3], good: [1, 3, number("2.5"), "text"],
      bad: [(0, "at least 1"), (4, "at most 3")]
    ),
    Case(
      schema: ["exclusiveMinimum": 1, "exclusiveMaximum": 3], good: [2], bad: [(1, "more than 1"), (3, "less than 3")]),
    Case(
      schema: ["minLength": 2, "maxLength": 3], good: ["é漢", "abc", 1], bad: [("x", "at least 2"), ("👋🏽👋🏽", "at most 3")]),
    Case(schema: ["pattern": "(a+)+$"], good: ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"]),
    Case(
      schema: ["anyOf": [["type": "string"], ["type": "integer"]]], good: ["x", 1],
      bad: [(true, "none of the allowed forms")]),
    Case(
      schema: ["oneOf": [["type": "integer"], ["type": "number"]]], good: [number("1.5")],
      bad: [(1, "several forms"), ("x", "none of the allowed forms")]),
    Case(
      schema: ["allOf": [["minimum": 1], ["maximum": 2]]], good: [1], bad: [(3, "at most 2"), (0, "at least 1")]),
    Case(
      schema: [
        "properties": ["who": ["$ref": "#/$defs/a~1b"]], "$defs": ["a/b": ["type": "string"]],
      ], good: [["who": "x"]], bad: [(["who": 1], "who: has to be of type string")]),
    Case(schema: ["$ref": "#/nothing"], good: [1]),
    Case(schema: ["$ref": "https://example.com/schema"], good: [1]),
    Case(
      schema: [
        "$ref": "#/$defs/tree",
        "$defs": ["tree": ["type": "object", "properties": ["next": ["$ref": "#/$defs/tree"]]]],
      ], good: [["next": ["next": [:]]]], bad: [(["next": ["next": 1]], "next.next: has to be of type object")]),
    Case(schema: ["properties": ["a": false]], good: [[:]], bad: [(["a": 1], "a: may not be there")]),
  ]

  @Test(arguments: cases.indices) func aSchemaTakesWhatItSays(_ index: Int) throws {
    let test = Self.cases[index]
    let schema = ArgumentSchema(try #require(test.schema.object))
    for value in test.good { #expect(schema.mistake(in: value) == nil, "\(value) by \(test.schema)") }
    for (value, told) in test.bad {
      let mistake = schema.mistake(in: value)
      #expect(mistake?.contains(told) == true, "\(value) by \(test.schema): \(mistake ?? "good")")
    }
  }

  /// One that refers to itself, or has endless forms, takes no longer than any.
  @Test func aHostileSchemaComesToAnEnd() throws {
    let circle = ArgumentSchema(JSONObject([("$ref", JSONValue.string("#"))]))
    #expect(circle.mistake(in: 1) == nil)
    let forms = JSONValue.array(Array(repeating: ["$ref": "#"], count: 20))
    let broad = ArgumentSchema(JSONObject([("anyOf", forms), ("allOf", forms), ("oneOf", forms)]))
    _ = broad.mistake(in: ["x": 1])
    let long = String(repeating: "x", count: 100_000)
    let closed = ArgumentSchema(JSONObject([("additionalProperties", JSONValue.bool(false))]))
    let mistake = closed.mistake(in: .object(JSONObject([(long, JSONValue.int(1))])))
    #expect((mistake?.utf8.count ?? 0) < 1000)
  }
}
