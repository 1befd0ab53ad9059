import JSONWire
import Testing

// The expectation macro can't hold a span: these take arrays.
private func escapedLength(_ utf8: some Sequence<UInt8>) -> Int { JSONWriter.escapedLength(Array(utf8).span.bytes) }
private func prefix(_ utf8: [UInt8], _ limit: Int) -> Int { JSONWriter.prefix(of: utf8.span.bytes, limit: limit) }

@Suite struct JSONWriterTests {
  static func text(_ write: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    write(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test func commasAndNesting() {
    let text = Self.text {
      $0.beginObject()
      $0.key("a")
      $0.int(1)
      $0.key("b")
      $0.beginArray()
      $0.endArray()
      $0.key("c")
      $0.beginArray()
      $0.null()
      $0.bool(true)
      $0.beginObject()
      $0.endObject()
      $0.string("x")
      $0.raw(Array("[0]".utf8))
      $0.endArray()
      $0.key(escaping: "d\"")
      $0.double(0.5)
      $0.key("e")
      $0.bool(false)
      $0.endObject()
    }
    #expect(text == #"{"a":1,"b":[],"c":[null,true,{},"x",[0]],"d\"":0.5,"e":false}"#)
  }

  @Test func numbers() {
    #expect(Self.text { $0.int(Int64.min) } == "-9223372036854775808")
    #expect(Self.text { $0.int(Int64.max) } == "9223372036854775807")
    #expect(Self.text { $0.int(0) } == "0")
    #expect(Self.text { $0.double(.nan) } == "null")
    #expect(Self.text { $0.double(3) } == "3")
    #expect(Self.text { $0.double(1e300) } == "1e+300")
    #expect(Self.text { $0.double(-0.1) } == "-0.1")
  }

  @Test(arguments: [
    ("", ""), ("plain text of some length", "plain text of some length"), ("\"", "\\\""), ("\\", "\\\\"),
    ("/", "/"), ("\u{8}\t\n\u{C}\r", "\\b\\t\\n\\f\\r"), ("\u{0}\u{1F}\u{1a}", "\\u0000\\u001f\\u001a"),
    ("\u{7F}\u{2028}\u{2029}é😀", "\u{7F}\u{2028}\u{2029}é😀"), ("12345678\n", "12345678\\n"),
    ("1234567\"8901234\\", "1234567\\\"8901234\\\\"), ("ééééé\"ééééé", "ééééé\\\"ééééé"),
  ]) func escapes(text: String, escaped: String) throws {
    #expect(Self.text { $0.string(text) } == "\"" + escaped + "\"")
    #expect(escapedLength(text.utf8) == escaped.utf8.count)
    let value = try JSONValue(parsing: Self.text { $0.string(text) })
    #expect(value == .string(text))
  }

  @Test func everyByteIsEscapedAsItOughtToBe() throws {
    for byte in UInt8(0)..<0x80 {
      for padding in 0..<9 {
        let text = String(repeating: "é", count: padding) + String(UnicodeScalar(byte)) + "xyz"
        let written = Self.text { $0.string(text) }
        #expect(try JSONValue(parsing: written) == .string(text))
        #expect(written.utf8.count == escapedLength(text.utf8) + 2)
      }
    }
  }

  @Test(arguments: ["", "abc", "a\"b\\c\n\u{0}d", "é😀\u{1}日本語\"x", "😀😀😀😀", "long enough to be scanned \u{2} 😀"])
  func aPrefixIsTheLongestThatFits(text: String) throws {
    let bytes = Array(text.utf8)
    // What each cut between scalars would take.
    var cuts = [(bytes: 0, escaped: 0)]
    var leading = ""
    for scalar in text.unicodeScalars {
      leading.unicodeScalars.append(scalar)
      cuts.append((leading.utf8.count, escapedLength(leading.utf8)))
    }
    for limit in 0...(cuts.last?.escaped ?? 0) + 2 {
      let expected = cuts.last { $0.escaped <= limit }?.bytes ?? 0
      #expect(prefix(bytes, limit) == expected)
      var writer = JSONWriter()
      let taken = writer.string(prefixOf: bytes.span.bytes, limit: limit)
      #expect(taken == expected && writer.bytes.count <= limit + 2)
      #expect(try JSONValue(parsing: writer.bytes) == .string(String(decoding: bytes[..<taken], as: UTF8.self)))
    }
  }
}
