import Postgres
import Testing

@Suite struct ValueTests {
  @Test func scalarsComeBackAsTheyWere() async throws {
    try await withClient { client in
      let uuid = try #require(UUIDValue("0190163d-8694-739b-aea5-966c26f8ad91"))
      let text = "grüße 🧵 \u{0301} שלום"
      let rows = try await client.query(
        """
        SELECT $1::bool, $2::int2, $3::int4, $4::int8, $5::float8, $6::text, $7::bytea, $8::uuid, $9::timestamptz,
          $10::json, $11::jsonb, $12::text, $13::varchar
        """,
        [
          .bool(true), .int2(-2), .int4(.min), .int8(.max), .float8(-0.5), .text(text), .bytea([0, 255, 1]),
          .uuid(uuid), .timestamptz(1_700_000_000_123_456), .json(Array(#"{"a": 1}"#.utf8)),
          .jsonb(Array(#"{"b":[2]}"#.utf8)), .null, .utf8(Array("v".utf8)),
        ])
      #expect(rows.count == 1)
      #expect(rows.columns == 13)
      #expect(try rows.bool(0, 0))
      #expect(try rows.int(0, 1) == -2)
      #expect(try rows.int(0, 2) == Int64(Int32.min))
      #expect(try rows.int(0, 3) == .max)
      #expect(try rows.double(0, 4) == -0.5)
      #expect(try rows.text(0, 5) == text)
      #expect(try rows.bytes(0, 6) == [0, 255, 1])
      #expect(try rows.uuid(0, 7) == uuid)
      #expect(try rows.timestamp(0, 8) == 1_700_000_000_123_456)
      #expect(try rows.text(0, 9) == #"{"a": 1}"#)
      #expect(try rows.text(0, 10) == #"{"b": [2]}"#)
      #expect(rows.isNull(0, 11))
      #expect(try rows.optional(0, 11, rows.text) == nil)
      #expect(try rows.optional(0, 12, rows.text) == "v")
      #expect(try rows.span(0, 6).byteCount == 3)
      #expect(try rows.withBytes(0, 5) { $0.count } == text.utf8.count)
    }
  }

  @Test func theServerReadsWhatWasMeant() async throws {
    try await withClient { client in
      let rows = try await client.query(
        "SELECT $1::uuid::text, $2::timestamptz = '2023-11-14 22:13:20.123456+00', $3::float8::text",
        [.uuid(UUIDValue(high: 0x0123, low: 0xff)), .timestamptz(1_700_000_000_123_456), .float8(1.25)])
      #expect(try rows.text(0, 0) == UUIDValue(high: 0x0123, low: 0xff).description)
      #expect(try rows.bool(0, 1))
      #expect(try rows.text(0, 2) == "1.25")
    }
  }

  @Test func arraysComeBackAsTheyWere() async throws {
    try await withClient { client in
      let uuid = UUIDValue(high: 1, low: 2)
      let rows = try await client.query(
        """
        SELECT $1::int8[], $2::int4[], $3::int2[], $4::bool[], $5::float8[], $6::text[], $7::bytea[], $8::uuid[],
          $9::timestamptz[], $10::json[], $11::jsonb[], $12::text[], $13::int8[]
        """,
        [
          .int8s([1, nil, .min]), .int4s([7]), .int2s([-1, 1]), .bools([true, nil, false]), .float8s([0.25]),
          .texts(["", nil, "é,\"{}"]), .byteas([[], [0]]), .uuids([uuid, nil]), .timestamptzs([0, 5]),
          .jsons([Array("[1]".utf8)]), .jsonbs([Array("{}".utf8), nil]), .utf8s([Array("x".utf8)]), .int8s([Int64]()),
        ])
      #expect(try rows.ints(0, 0) == [1, nil, .min])
      #expect(try rows.ints(0, 1) == [7])
      #expect(try rows.ints(0, 2) == [-1, 1])
      #expect(try rows.bools(0, 3) == [true, nil, false])
      #expect(try rows.doubles(0, 4) == [0.25])
      #expect(try rows.texts(0, 5) == ["", nil, "é,\"{}"])
      #expect(try rows.byteArrays(0, 6) == [[], [0]])
      #expect(try rows.uuids(0, 7) == [uuid, nil])
      #expect(try rows.timestamps(0, 8) == [0, 5])
      #expect(try rows.texts(0, 9) == ["[1]"])
      #expect(try rows.byteArrays(0, 10).count == 2)
      #expect(try rows.texts(0, 11) == ["x"])
      #expect(try rows.ints(0, 12) == [])
    }
  }

  @Test func anArrayIsFilledAgain() async throws {
    try await withClient { client in
      var texts = PostgresArray(of: .text, reserving: 4)
      var numbers = PostgresArray(of: .int8)
      for round in 0..<3 {
        texts.removeAll()
        numbers.removeAll()
        for index in 0..<500 {
          texts.append("\(round)-\(index)")
          numbers.append(Int64(index))
        }
        #expect(texts.count == 500)
        let rows = try await client.query(
          "SELECT t, n FROM unnest($1::text[], $2::int8[]) AS u(t, n) ORDER BY n", [.array(texts), .array(numbers)])
        #expect(rows.count == 500)
        #expect(try rows.text(499, 0) == "\(round)-499")
        #expect(try rows.int(499, 1) == 499)
      }
    }
  }

  @Test func largeValuesPass() async throws {
    try await withClient { client in
      let large = [UInt8](repeating: 7, count: 5 << 20)
      let rows = try await client.query("SELECT $1::bytea, length($1::bytea)", [.bytea(large)])
      #expect(try rows.bytes(0, 0) == large)
      #expect(try rows.int(0, 1) == Int64(large.count))
    }
  }

  @Test func wrongReadsAreErrors() async throws {
    try await withClient { client in
      let rows = try await client.query("SELECT 1::int8, 'x'::text, NULL::int8")
      func kind(_ read: () throws -> Void) -> PostgresError.Kind? {
        do { try read() } catch { return (error as? PostgresError)?.kind }
        return nil
      }
      #expect(kind { _ = try rows.text(0, 0) } == .decoding)
      #expect(kind { _ = try rows.uuid(0, 0) } == .decoding)
      #expect(kind { _ = try rows.int(0, 1) } == .decoding)
      #expect(kind { _ = try rows.int(0, 2) } == .decoding)
      #expect(kind { _ = try rows.int(1, 0) } == .decoding)
      #expect(kind { _ = try rows.int(0, 3) } == .decoding)
      #expect(kind { _ = try rows.int(0, -1) } == .decoding)
      #expect(kind { _ = try rows.ints(0, 1) } == .decoding)
      #expect(rows.isNull(9, 9))
    }
  }

  @Test(arguments: [
    ("0190163d-8694-739b-aea5-966c26f8ad91", true), ("0190163d8694739baea5966c26f8ad91", true),
    ("0190163D-8694-739B-AEA5-966C26F8AD91", true), ("0190163d-8694-739b-aea5-966c26f8ad9", false),
    ("0190163d-8694-739b-aea5-966c26f8ad9g", false), ("0190163d+8694-739b-aea5-966c26f8ad91", false), ("", false),
  ])
  func uuidsAreRead(_ text: String, _ isValid: Bool) {
    let uuid = UUIDValue(text)
    #expect((uuid != nil) == isValid)
    if let uuid { #expect(uuid.description == "0190163d-8694-739b-aea5-966c26f8ad91") }
  }
}
