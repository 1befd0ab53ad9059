import JSONWire
import Redaction
import Testing

@testable import MCP

/// What is read of a server's words, and what is said to it, without any server.
@Suite struct MCPMessageTests {
  @Test func linesAreCutWhereverTheBytesAre() {
    let text = Array("one\r\ntwo\n\nthree\nrest".utf8)
    for size in 1...text.count {
      var buffer = LineBuffer(limit: 5)
      var lines: [String] = []
      for start in stride(from: 0, to: text.count, by: size) {
        let piece = text[start..<min(start + size, text.count)]
        #expect(buffer.take(piece) { lines.append(String(decoding: $0, as: UTF8.self)) })
      }
      #expect(lines == ["one", "two", "", "three"], "pieces of \(size)")
      #expect(buffer.finish() == Array("rest".utf8))
    }
  }

  @Test func aLineThatIsTooLongIsRefusedOrCut() {
    var strict = LineBuffer(limit: 4)
    #expect(!strict.take(Array("12345".utf8)[...]) { _ in })
    var lenient = LineBuffer(limit: 4)
    var lines: [String] = []
    for piece in ["123", "456", "789\nab\n", "longer"] {
      #expect(
        lenient.take(Array(piece.utf8)[...], skipping: true) { lines.append(String(decoding: $0, as: UTF8.self)) })
    }
    #expect(lines == ["1234", "ab"])
  }

  @Test(arguments: [
    "", "[]x", "{}", "null", "\"text\"", "{\"jsonrpc\":\"1.0\",\"id\":1,\"result\":{}}",
    "{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"result\":{}}", "{\"jsonrpc\":\"2.0\",\"id\":1}",
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":7}", "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}",
    String(repeating: "[", count: 100_000),
  ])
  func whatIsNoMessageIsRefused(text: String) {
    #expect(throws: MCPError.self) { try MCPMessage.parse(Array(text.utf8), by: Redaction()) }
  }

  @Test func aRequestOfTheNewerEraTellsWhoAsks() throws {
    let old = try JSONValue(parsing: MCPMessage.request(3, "tools/list", JSONObject(), isModern: false))
    #expect(old["params"] == nil && old["id"] == 3 && old["jsonrpc"] == "2.0")
    let new = try JSONValue(parsing: MCPMessage.request(4, "tools/list", JSONObject(), isModern: true))
    let meta = try #require(new["params"]?["_meta"])
    #expect(meta["io.modelcontextprotocol/protocolVersion"] == "2026-07-28")
    #expect(meta["io.modelcontextprotocol/clientCapabilities"] == [:])
    #expect(meta["io.modelcontextprotocol/clientInfo"]?["name"] == "skein")
  }

  @Test func whetherTheOlderEraIsTriedDependsOnTheError() throws {
    let unknown = MCPError(.refused, "", number: -32601)
    #expect(try MCPWelcome.fallsBack(after: unknown))
    #expect(try MCPWelcome.fallsBack(after: MCPError(.timedOut)))
    #expect(try !MCPWelcome.fallsBack(after: MCPError(.unavailable)))
    let both = MCPError(.refused, "", number: -32022, data: ["supported": ["2099-01-01", "2025-11-25"]])
    #expect(try MCPWelcome.fallsBack(after: both))
    let newer = MCPError(.refused, "", number: -32022, data: ["supported": ["2099-01-01"]])
    #expect(throws: MCPError.self) { try MCPWelcome.fallsBack(after: newer) }
  }

  @Test(arguments: [
    ("us-west1", "us-west1"), ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
    (" padded ", "=?base64?IHBhZGRlZCA=?="), ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
    ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="), ("", ""),
  ])
  func valuesOfFieldsAreWrittenAsTheSpecificationSays(text: String, field: String) {
    #expect(FieldValue.encode(text) == field)
  }

  @Test func argumentsAreMirroredWhereTheSchemaMarksThem() throws {
    let schema: JSONValue = [
      "type": "object",
      "properties": [
        "region": ["type": "string", "x-mcp-header": "Region"],
        "place": ["type": "object", "properties": ["floor": ["type": "integer", "x-mcp-header": "Floor"]]],
        "isOpen": ["type": "boolean", "x-mcp-header": "Open"],
        "query": ["type": "string", "default": ["x-mcp-header": "no mark"]],
      ],
    ]
    let object = try #require(schema.object)
    let fields = try #require(ParameterFields(object))
    let arguments: JSONValue = ["region": "us", "place": ["floor": 42], "isOpen": nil, "query": "x"]
    let given = try #require(arguments.object)
    let told = fields.fields(given).map { "\($0.name): \($0.value)" }
    #expect(told == ["Mcp-Param-Region: us", "Mcp-Param-Floor: 42"])
  }

  @Test(arguments: [
    "{\"a\":{\"type\":\"number\",\"x-mcp-header\":\"A\"}}", "{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"\"}}",
    "{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"A B\"}}",
    "{\"a\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"x-mcp-header\":\"A\"}}}",
    "{\"a\":{\"anyOf\":[{\"type\":\"string\",\"x-mcp-header\":\"A\"}]}}",
    "{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"A\"},\"b\":{\"type\":\"string\",\"x-mcp-header\":\"a\"}}",
  ])
  func aMarkThatCantBeFollowedRulesTheToolOut(properties: String) throws {
    let schema = try JSONValue(parsing: "{\"type\":\"object\",\"properties\":\(properties)}")
    let object = try #require(schema.object)
    #expect(ParameterFields(object) == nil)
  }

  @Test func aListIsBoundedInNumberAndSize() throws {
    var limits = MCPLimits()
    limits.tools = 3
    limits.toolBytes = 200
    func tool(_ name: String, _ purpose: String = "") -> JSONValue {
      ["name": .string(name), "description": .string(purpose), "inputSchema": ["type": "object"]]
    }
    var listing = ToolListing(limits: limits)
    let huge = tool("huge", String(repeating: "x", count: 300))
    let odd: JSONValue = ["name": "odd", "inputSchema": ["type": "string"]]
    let page = JSONObject([("tools", .array([tool("a"), huge, odd, tool("a"), tool("b")])), ("nextCursor", "2")])
    #expect(try listing.take(page) == "2")
    #expect(listing.leftOut.map(\.name) == ["huge", "odd"])
    // The same cursor again would never end.
    let empty = JSONObject([("tools", .array([])), ("nextCursor", "2")])
    #expect(try listing.take(empty) == nil)
    #expect(listing.isCut)

    var many = ToolListing(limits: limits)
    let thousands = JSONObject([("tools", .array((0..<5000).map { tool("t\($0)") })), ("nextCursor", "x")])
    #expect(try many.take(thousands) == nil)
    #expect(many.tools.map(\.name) == ["t0", "t1", "t2"] && many.isCut)
    let none = JSONObject([("tools", .int(7))])
    #expect(throws: MCPError.self) { try many.take(none) }
  }

  @Test func aResultIsToldAsText() throws {
    let result: JSONValue = [
      "content": [
        ["type": "text", "text": "Found it."], ["type": "image", "mimeType": "image/png", "data": "AAAA"],
        ["type": "resource_link", "uri": "file:///a", "name": "a"],
        ["type": "resource", "resource": ["uri": "file:///b", "text": "of b"]], ["type": "hologram"], 7,
      ],
      "structuredContent": ["found": true], "isError": true,
    ]
    let object = try #require(result.object)
    let told = try MCPResult(object)
    #expect(told.isError && told.structured == ["found": true])
    let lines = [
      "Found it.", "[image, image/png, 3 bytes, left out]", "[a: file:///a]", "[file:///b]\nof b",
      "[hologram, left out]", "[, left out]",
    ]
    #expect(told.text == lines.joined(separator: "\n\n"))
    let bare: JSONValue = ["content": [], "structuredContent": [1, 2], "resultType": "complete"]
    let data = try #require(bare.object)
    #expect(try MCPResult(data).text == "[1,2]")
    let asking: JSONValue = ["resultType": "input_required", "inputRequests": [:]]
    let question = try #require(asking.object)
    #expect(throws: MCPError(.unsupported, "it asks for something of a person")) { try MCPResult(question) }
  }

  @Test func aServerThatEndsAgainAndAgainIsStartedLessAndLessOften() {
    var backOff = BackOff(least: 1000, most: 60_000)
    #expect(backOff.rest(at: 0) == 0)
    backOff.noteEnd(at: 1000, wasOfUse: true)
    #expect(backOff.rest(at: 1000) == 0)
    var rests: [UInt64] = []
    for _ in 0..<10 {
      backOff.noteEnd(at: 1000, wasOfUse: false)
      rests.append(backOff.rest(at: 1000))
    }
    #expect(rests == [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000])
    #expect(backOff.rest(at: 61_000) == 0)
    var lenient = BackOff(least: 1000, most: 60_000, free: 1)
    rests = (0..<3).map { _ in
      lenient.noteEnd(at: 1000, wasOfUse: false)
      return lenient.rest(at: 1000)
    }
    #expect(rests == [0, 1000, 2000])
    lenient.noteEnd(at: 1000, wasOfUse: true)
    lenient.noteEnd(at: 1000, wasOfUse: false)
    #expect(lenient.rest(at: 1000) == 0)
  }
}
