import Foundation
import JSONWire
import SkeinTestKit
import Testing

/// The description of the socket, against the frames that the code reads and writes.
@Suite struct AsyncAPITests {
  /// Written by the code for those who delete a session by a request: no socket is told it.
  private static let unsent: Set<String> = ["session.deleted"]

  private static func text(_ path: String) throws -> String {
    try String(contentsOfFile: TestServer.projectFolder + "/" + path, encoding: .utf8)
  }

  private static func document() throws -> JSONValue { try JSONValue(parsing: text("Public/asyncapi.json")) }

  private static func members(_ value: JSONValue?) -> [(name: String, value: JSONValue)] {
    (value?.object?.members ?? []).map { ($0.0, $0.1) }
  }

  /// The frames of the document, by who sends them.
  private static func described(_ sender: String) throws -> [String: JSONValue] {
    var found: [String: JSONValue] = [:]
    for (_, message) in members(try document()["components"]?["messages"]) {
      guard message["tags"]?[0]?["name"]?.string == sender, let name = message["name"]?.string else { continue }
      found[name] = message
    }
    return found
  }

  /// What a pattern's first group matches in the sources of the frames whose names begin so.
  private static func written(
    _ pattern: Regex<(Substring, Substring)>, in prefix: String = ""
  ) throws -> Set<String> {
    let folder = "Sources/Conversation"
    let files = try FileManager.default.contentsOfDirectory(atPath: TestServer.projectFolder + "/" + folder)
    return Set(
      try files.flatMap { file in
        guard file.hasPrefix(prefix), file.hasSuffix(".swift") else { return [String]() }
        return try text("\(folder)/\(file)").matches(of: pattern).map { String($0.output.1) }
      })
  }

  @Test func everyFrameOfAClientIsDescribed() throws {
    let read = try Self.written(#/case "([a-z]+(?:\.[a-z]+)?)":/#, in: "ClientFrame+")
    #expect(read.contains("message.send"))
    #expect(read == Set(try Self.described("client").keys))
  }

  @Test func everyFrameOfTheServerIsDescribed() throws {
    let sent = try Self.written(#/(?:frame|begin)\("([a-z]+(?:\.[a-z]+)?)"/#)
    #expect(sent.contains("welcome") && sent.contains("message.delta"))
    let described = Set(try Self.described("server").keys)
    #expect(sent.subtracting(Self.unsent).subtracting(described) == [], "frames without an entry")
    #expect(described.subtracting(sent) == [], "entries without a frame")
  }

  /// Each is in the channel and in an operation; each frame of a client says what answers it.
  @Test func theDocumentHoldsTogether() throws {
    let document = try Self.document()
    #expect(document["asyncapi"] == "3.0.0")
    let channel = document["channels"]?["socket"]
    #expect(channel?["address"] == "/v1/socket")
    let messages = Self.members(document["components"]?["messages"])
    #expect(
      Self.members(channel?["messages"]).map { $0.value["$ref"]?.string }
        == messages.map { "#/components/messages/\($0.name)" })
    func names(_ value: JSONValue?) -> [String] {
      (value?.array ?? []).compactMap { $0["$ref"]?.string?.split(separator: "/").last.map(String.init) }
    }
    var used: [String] = []
    for (name, operation) in Self.members(document["operations"]) {
      used += names(operation["messages"])
      let answers = names(operation["reply"]?["messages"])
      #expect(answers.allSatisfy { answer in messages.contains { $0.name == answer } }, "\(name)")
      #expect(answers.isEmpty == ["typing", "tell"].contains(name), "\(name)")
    }
    #expect(used.sorted() == messages.map(\.name).sorted())
    for (name, message) in messages {
      let type = message["payload"]?["properties"]?["type"]?["const"]
      #expect(type == message["name"] && message["payload"]?["required"]?[0] == "type", "\(name)")
      #expect(message["summary"]?.string?.isEmpty == false, "\(name)")
    }
  }

  /// With the page that makes it readable.
  @Test func theServerShowsIt() async throws {
    let response = try await TestServer.shared().http().get("/asyncapi.json")
    #expect(response.status == 200 && response["content-type"] == "application/json")
    #expect(try JSONValue(parsing: response.body) == Self.document())
    let page = try await TestServer.shared().http().get("/docs/api")
    #expect(page.status == 308 && page["location"] == "../api.html")
    #expect(try await TestServer.shared().http().get("/api.html").status == 200)
  }
}
