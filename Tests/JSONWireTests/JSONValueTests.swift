import JSONWire
import Testing

@Suite struct JSONValueTests {
  @Test func theOrderOfMembersCanBeLeftOut() throws {
    let left: JSONValue = ["b": [["y": 1, "x": 2]], "a": nil]
    let right: JSONValue = ["a": nil, "b": [["x": 2, "y": 1]]]
    #expect(left != right && left.ordered == right.ordered)
    #expect(left.ordered != (["a": nil, "b": [["x": 1, "y": 2]]] as JSONValue).ordered)
  }

  @Test func whatWasReadIsWrittenAgainUnchanged() throws {
    for text in [
      #"{"b":1,"a":[null,true,-0,1.50,1e400,123456789012345678901234567890,"\n"],"c":{}}"#, "-0", "1.0", "\"é\"",
    ] {
      #expect(try JSONValue(parsing: text).description == text)
    }
  }

  @Test func theLastOfEqualKeysCounts() throws {
    let value = try JSONValue(parsing: #"{"a":1,"b":2,"a":3}"#)
    #expect(value["a"] == 3)
    #expect(value.description == #"{"a":3,"b":2}"#)
  }

  @Test func equalKeysAreFoundAmongMany() throws {
    let text = "{" + (0..<5000).map { "\"k\($0 % 2500)\":\($0)" }.joined(separator: ",") + "}"
    let value = try JSONValue(parsing: text)
    #expect(value.object?.count == 2500)
    #expect(value["k0"] == 2500 && value["k2499"] == 4999 && value["k20"] == 2520)
    #expect(value.object?.members.map(\.key) == (0..<2500).map { "k\($0)" })
  }

  @Test func keysAndStringsAreComparedByTheirBytes() throws {
    let value = try JSONValue(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}")
    #expect(value.object?.count == 2)
    #expect(value["\u{E9}"] == 1 && value["e\u{301}"] == 2)
    #expect(JSONValue.string("\u{E9}") != JSONValue.string("e\u{301}"))
  }

  @Test func objectsAreChangedByKey() {
    var object = JSONObject([("a", 1), ("b", 2)])
    object["b"] = nil
    object["c"] = "x"
    object["a"] = [1.5, nil]
    #expect(JSONValue.object(object) == ["a": [1.5, nil], "c": "x"])
  }

  @Test func accessorsAnswerForTheirKindOnly() {
    let value: JSONValue = ["s": "x", "i": 1, "d": 0.5, "b": true, "n": nil, "a": [1, 2]]
    #expect(value["s"]?.string == "x" && value["i"]?.int == 1 && value["d"]?.double == 0.5)
    #expect(value["b"]?.bool == true && value["n"]?.isNull == true && value["a"]?[1] == 2)
    #expect(value["a"]?[2] == nil && value["s"]?.int == nil && value["i"]?.string == nil && value["x"] == nil)
    #expect(value["d"]?.int == nil && value["i"]?.double == 1)
  }
}
