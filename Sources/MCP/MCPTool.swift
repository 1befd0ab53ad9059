package import JSONWire

/// A tool as its server describes it. Nobody has checked what it says of itself.
package struct MCPTool: Sendable, Equatable {
  /// What its server calls it.
  package let name: String
  /// What persons are to read; nil where that is not said.
  package let title: String?
  package let purpose: String
  /// A JSON Schema of type `object`.
  package let schema: JSONObject
  /// How large its description is, in bytes of JSON.
  let byteCount: Int
  let fields: ParameterFields

  /// - Throws: `malformed`, `tooLarge`, where the tool can't be used.
  init(_ value: JSONValue, limits: MCPLimits) throws(MCPError) {
    guard let name = value["name"]?.string, !name.isEmpty, name.utf8.count <= 1000 else {
      throw MCPError(.malformed, "a tool without a name")
    }
    guard let schema = value["inputSchema"]?.object, schema["type"]?.string == "object" else {
      throw MCPError(.malformed, "its arguments are no object")
    }
    self.name = name
    self.schema = schema
    title = (value["title"] ?? value["annotations"]?["title"])?.string
    purpose = value["description"]?.string ?? ""
    let count = JSONValue.object(schema).bytes.count + purpose.utf8.count + name.utf8.count
    guard count <= limits.toolBytes else { throw MCPError(.tooLarge, "\(count) bytes of description") }
    byteCount = count
    guard let fields = ParameterFields(schema) else {
      throw MCPError(.malformed, "its schema asks for header fields that can't be")
    }
    self.fields = fields
  }
}

/// The tools of a server, gathered page by page within bounds.
struct ToolListing {
  private(set) var tools: [MCPTool] = []
  /// Those that were left out, and why.
  private(set) var leftOut: [(name: String, why: MCPError)] = []
  /// Whether there are more than are taken.
  private(set) var isCut = false
  /// How long the server lets it count as fresh, in milliseconds; nil where it says nothing.
  private(set) var freshMilliseconds: UInt64?
  private let limits: MCPLimits
  private var names: Set<[UInt8]> = []
  private var cursors: Set<String> = []
  private var byteCount = 0

  /// Pages that bring nothing come to an end too.
  private static let mostPages = 1000

  init(limits: MCPLimits) { self.limits = limits }

  /// Takes a page.
  /// - Returns: where the next one begins; nil where there is none, or none is wanted.
  /// - Throws: `malformed` where it is no page.
  mutating func take(_ page: JSONObject) throws(MCPError) -> String? {
    guard let values = page["tools"]?.array else { throw MCPError(.malformed, "a list without tools") }
    if let fresh = page["ttlMs"]?.int { freshMilliseconds = min(freshMilliseconds ?? .max, UInt64(max(0, fresh))) }
    for value in values where !isCut {
      do throws(MCPError) {
        let tool = try MCPTool(value, limits: limits)
        guard names.insert(Array(tool.name.utf8)).inserted else { continue }
        byteCount += tool.byteCount
        isCut = tools.count >= limits.tools || byteCount > limits.listBytes
        if !isCut { tools.append(tool) }
      } catch {
        if leftOut.count < 10 { leftOut.append((String((value["name"]?.string ?? "").prefix(100)), error)) }
      }
    }
    guard !isCut, let cursor = page["nextCursor"]?.string else { return nil }
    // A cursor that comes again would lead round in a circle.
    guard cursors.count < Self.mostPages, cursors.insert(cursor).inserted else {
      isCut = true
      return nil
    }
    return cursor
  }
}
