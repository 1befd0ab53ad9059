import JSONWire
import Testing

@Suite struct JSONRoomTests {
  @Test(
    arguments: [
      (0, "0"), (7, "7"), (10, "10"), (-1, "-1"), (99, "99"), (100, "100"), (1_700_000_000_123, "1700000000123"),
      (.max, "9223372036854775807"), (.min, "-9223372036854775808"),
      (999_999_999_999_999_999, "999999999999999999"), (1_000_000_000_000_000_000, "1000000000000000000"),
    ] as [(Int64, String)])
  func numbers(value: Int64, text: String) {
    var json = JSONWriter()
    json.room(20, thenComma: true) { $0.int(value) }
    #expect(String(decoding: json.bytes, as: UTF8.self) == text)
  }

  @Test func itStandsAmongWhatIsWrittenOtherwise() {
    let bytes = Array("xyz".utf8)
    var json = JSONWriter()
    json.beginArray()
    json.int(1)
    json.room(64, thenComma: false) { room in
      room.text("{\"a\":")
      room.quoted("word")
      room.text(",\"b\":")
    }
    json.string("\"")
    json.room(64, thenComma: true) { room in
      room.text("\"c\":")
      room.quoted(bytes.span.bytes)

    }
    json.endObject()
    json.null()
    json.endArray()
    let text = String(decoding: json.bytes, as: UTF8.self)
    #expect(text == #"[1,{"a":"word","b":"\"","c":"xyz"},null]"#)
  }

  /// Whatever is reserved, nothing else is there afterwards.
  @Test func onlyWhatIsWrittenIsThere() {
    var json = JSONWriter(appendingTo: [1, 2])
    json.room(4096, thenComma: false) { _ in }
    #expect(json.bytes == [1, 2])
    json.room(3, thenComma: false) { $0.text("abc") }
    #expect(json.bytes.count == 5)
  }
}
