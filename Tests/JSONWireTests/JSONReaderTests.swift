import JSONWire
import Testing

@Suite struct JSONReaderTests {
  static let valid: [String] = [
    "null", " true ", "false", "0", "-0", "-1", "12", "1.5", "0.0", "1e1", "1E+2", "-1.25e-7", "\"\"", "\"a\"",
    "[]", "[ ]", "[1]", "[1,2]", "[[],[[]],{}]", "{}", "{ }", "{\"a\":1}", "{\"a\":1,\"b\":[{\"c\":null}]}",
    "\t\r\n [ 1 , 2 ] \n", "{ \"a\" : { \"b\" : [ ] } , \"\" : \"\" }", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"\\u0000\\u00e9\\uD83D\\uDE00\"", "\"\u{7F}\u{2028}é😀\"", "\"12345678\\n12345678\"", "{\"a\":1,\"a\":2}",
    "123456789012345678901234567890", "1e400",
  ]

  static let invalid: [(String, JSONError.Code)] = [
    ("", .syntax), (" ", .syntax), ("nul", .syntax), ("nulL", .syntax), ("True", .syntax), ("truefalse", .syntax),
    ("1 2", .syntax), ("01", .syntax), ("-", .syntax), ("-a", .syntax), ("+1", .syntax), (".5", .syntax),
    ("1.", .syntax), ("1.e1", .syntax), ("1e", .syntax), ("1e+", .syntax), ("0x1", .syntax), ("NaN", .syntax),
    ("Infinity", .syntax), ("--1", .syntax), ("\"", .syntax), ("\"a", .syntax), ("'a'", .syntax),
    ("\"\\\"", .syntax), ("\"\\x\"", .syntax), ("\"\\u12\"", .syntax), ("\"\\u12g4\"", .syntax), ("\"\\", .syntax),
    ("\"\\u+123\"", .syntax), ("\"\n\"", .syntax), ("\"\t\"", .syntax), ("\"\u{0}\"", .syntax),
    ("\"12345678\u{1F}\"", .syntax), ("[", .syntax), ("]", .syntax), ("[1", .syntax), ("[1,", .syntax),
    ("[1,]", .syntax), ("[,1]", .syntax), ("[,]", .syntax), ("[1 2]", .syntax), ("[1}", .syntax), ("{", .syntax),
    ("{]", .syntax), ("{\"a\"", .syntax), ("{\"a\":", .syntax), ("{\"a\":1", .syntax), ("{\"a\":1,", .syntax),
    ("{\"a\":1,}", .syntax), ("{,\"a\":1}", .syntax), ("{\"a\" 1}", .syntax), ("{a:1}", .syntax), ("{1:1}", .syntax),
    ("{\"a\":1]", .syntax), ("{\"a\":1 \"b\":2}", .syntax), ("{\"a\"::1}", .syntax), ("[1]]", .syntax),
    ("{}}", .syntax), ("{} x", .syntax), ("/**/1", .syntax), ("[1]//", .syntax), ("\u{FEFF}1", .syntax),
    ("\u{A0}1", .syntax), ("1\u{0}", .syntax), ("\u{0C}1", .syntax),
    ("\"\\uD800\"", .loneSurrogate), ("\"\\uDC00\"", .loneSurrogate), ("\"\\uD800\\uD800\"", .loneSurrogate),
    ("\"\\uD800x\"", .loneSurrogate), ("\"\\uD800\\n\"", .loneSurrogate), ("\"\\uDE00\\uD83D\"", .loneSurrogate),
    ("{\"\\uD800\":1}", .loneSurrogate), ("[[\"\\uDFFF\"]]", .loneSurrogate),
    (String(repeating: "[", count: 33), .depth), (String(repeating: "{\"a\":", count: 33), .depth),
    (String(repeating: "[{\"a\":", count: 17), .depth),
  ]

  static func skip(_ bytes: [UInt8], maxDepth: Int = 32) throws(JSONError) -> Range<Int> {
    var reader = try JSONReader(validating: bytes.span.bytes, maxDepth: maxDepth)
    let range = try reader.skipValue()
    try reader.finish()
    return range
  }

  @Test(arguments: valid) func validTextsAreRead(text: String) throws {
    let value = try JSONValue(parsing: text)
    let range = try Self.skip(Array(text.utf8))
    #expect(try JSONValue(parsing: Array(text.utf8[...])) == value)
    let again = try JSONValue(parsing: Array(Array(text.utf8)[range]))
    #expect(again == value)
    #expect(try JSONValue(parsing: value.bytes) == value)
  }

  @Test(arguments: invalid) func invalidTextsAreRefusedBothWays(text: String, code: JSONError.Code) {
    #expect { try JSONValue(parsing: text) } throws: { ($0 as? JSONError)?.code == code }
    #expect { try Self.skip(Array(text.utf8)) } throws: { ($0 as? JSONError)?.code == code }
  }

  @Test func nestingIsAllowedUpToTheLimit() throws {
    for depth in [1, 2, 31, 32] {
      let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
      let bytes = Array(text.utf8)
      _ = try Self.skip(bytes, maxDepth: depth)
      #expect { try Self.skip(bytes, maxDepth: depth - 1) } throws: { ($0 as? JSONError)?.code == .depth }
    }
    let wide = "[" + String(repeating: "[],", count: 1000) + "{}]"
    _ = try Self.skip(Array(wide.utf8), maxDepth: 2)
  }

  @Test(
    arguments: [
      ("0", 0), ("-0", 0), ("7", 7), ("-42", -42), ("9223372036854775807", Int64.max),
      ("-9223372036854775808", Int64.min), ("9223372036854775808", nil), ("-9223372036854775809", nil),
      ("18446744073709551616", nil), ("1.0", 1), ("1e3", 1000), ("1.5", nil), ("1.50e1", 15), ("0.001E3", 1),
      ("10e-1", 1), ("1e-1", nil), ("1e18", 1_000_000_000_000_000_000), ("1e19", nil), ("0e999999999999", 0),
      ("1e999999999999999999999", nil), ("1e-999999999999999999999", nil),
      ("100000000000000000000e-5", 1_000_000_000_000_000),
      ("0.0000000000000000000001", nil), ("-1.0e2", -100), ("9007199254740993", 9_007_199_254_740_993),
      ("1.00000000000000000000000000000", 1), ("0.00e5", 0),
    ] as [(String, Int64?)]) func wholeNumbers(text: String, expected: Int64?) throws
  {
    let bytes = Array(text.utf8)
    var reader = JSONReader(bytes.span.bytes)
    let value = try reader.readInt()
    try reader.finish()
    #expect(value == expected)
    #expect(try JSONValue(parsing: text).int == expected)
  }

  @Test(arguments: [("1.5", 1.5), ("-1e3", -1000), ("1e400", nil), ("0.1", 0.1)] as [(String, Double?)])
  func doubles(text: String, expected: Double?) throws {
    let bytes = Array(text.utf8)
    var reader = JSONReader(bytes.span.bytes)
    let value = try reader.readDouble()
    #expect(value == expected)
    #expect(try JSONValue(parsing: text).double == expected)
  }

  @Test(arguments: [
    ("\"\"", ""), ("\"plain\"", "plain"), ("\"a\\nb\\tc\\\"\\\\\\/\\b\\f\\r\"", "a\nb\tc\"\\/\u{8}\u{C}\r"),
    ("\"\\u0041\\u00E9\\u20ac\\ud83d\\ude00!\"", "Aé€😀!"), ("\"日本\\u8A9e\"", "日本語"), ("\"\\u0000\"", "\u{0}"),
    ("\"\\uFFFF\\uFFFE\"", "\u{FFFF}\u{FFFE}"), ("\"\\uDBFF\\uDFFF\"", "\u{10FFFF}"),
  ]) func strings(text: String, expected: String) throws {
    let bytes = Array(text.utf8)
    var reader = JSONReader(bytes.span.bytes)
    let value = try reader.readString()
    #expect(Array(value.utf8) == Array(expected.utf8))
    #expect(reader.heldNUL == expected.utf8.contains(0))
    var second = JSONReader(bytes.span.bytes)
    let utf8 = try second.readUTF8()
    #expect(utf8 == Array(expected.utf8))
  }

  @Test func aFrameIsWalkedInAnyOrder() throws {
    let bytes = Array(#"{"x":[1,{"y":2}],"c\u006fntent":"hé\u0000","n":null,"type":"message.send","on":true}"#.utf8)
    var reader = JSONReader(bytes.span.bytes)
    var type = ""
    var content = ""
    var contentHeldNUL = false
    var keys: [String] = []
    try reader.beginObject()
    while let key = try reader.nextKey() {
      keys.append(key.string)
      if key == "type" {
        type = try reader.readString()
      } else if key == "content" {
        content = try reader.readString()
        contentHeldNUL = reader.heldNUL
      } else if key == "n" {
        let wasNull = try reader.readNullIfPresent()
        #expect(wasNull)
      } else if key == "on" {
        let on = try reader.readBool()
        #expect(on)
      } else {
        let range = try reader.skipValue()
        #expect(String(decoding: bytes[range], as: UTF8.self) == #"[1,{"y":2}]"#)
        var inner = reader.reader(of: range)
        try inner.beginArray()
        let hasElement = try inner.nextElement()
        #expect(hasElement)
        let one = try inner.readInt()
        #expect(one == 1)
      }
    }
    try reader.finish()
    #expect(keys == ["x", "content", "n", "type", "on"])
    #expect(type == "message.send")
    #expect(content == "hé\u{0}" && contentHeldNUL)
  }

  @Test func anotherKindConsumesNothing() throws {
    let bytes = Array(#"{"a": "text"}"#.utf8)
    var reader = JSONReader(bytes.span.bytes)
    try reader.beginObject()
    _ = try reader.nextKey()
    do throws(JSONError) {
      _ = try reader.readInt()
      Issue.record("a string was read as a number")
    } catch {
      #expect(error == JSONError(.kind, at: 6))
    }
    let text = try reader.readString()
    let key = try reader.nextKey() == nil
    try reader.finish()
    #expect(text == "text" && key)
  }

  @Test func aSkippedValueTellsOfNUL() throws {
    for (text, expected) in [(#"{"a":["\u0000"]}"#, true), (#"{"\u0000":1}"#, true), (#"{"a":"\\u0000"}"#, false)] {
      let bytes = Array(text.utf8)
      var reader = JSONReader(bytes.span.bytes)
      try reader.skipValue()
      #expect(reader.heldNUL == expected)
    }
  }

  @Test(
    arguments: [
      ("1", false), ("-1.5e3", false), ("1e308", false), ("1e309", true), ("-1e999", true), ("1e-999", false),
      ("1e-1000", true), ("1E+0000000001", false), ("1e1000000000000", true),
      (String(repeating: "9", count: 308), false), (String(repeating: "9", count: 310), true),
      ("0." + String(repeating: "1", count: 998), false), ("0." + String(repeating: "1", count: 999), true),
    ])
  func aSkippedValueTellsOfExtremeNumbers(_ number: String, _ isExtreme: Bool) throws {
    let bytes = Array(#"[{"a":[0,\#(number)]},1]"#.utf8)
    var reader = JSONReader(bytes.span.bytes)
    try reader.skipValue()
    #expect(reader.heldExtremeNumber == isExtreme)
  }

  @Test func openContainersAreNotAnEnd() throws {
    let bytes = Array("[".utf8)
    var reader = JSONReader(bytes.span.bytes)
    try reader.beginArray()
    do throws(JSONError) {
      try reader.finish()
      Issue.record("an open array was taken for whole")
    } catch {
      #expect(error.code == .syntax)
    }
  }

  @Test(arguments: [[0xFF], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC3]] as [[UInt8]])
  func invalidUTF8IsRefused(bytes: [UInt8]) {
    #expect { try JSONValue(parsing: bytes) } throws: { ($0 as? JSONError)?.code == .invalidUTF8 }
  }
}
