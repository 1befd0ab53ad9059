import JSONWire

/// The arguments of a tool that its server wants to see in header fields too (`x-mcp-header`, revision 2026-07-28).
struct ParameterFields: Sendable, Equatable {
  private struct Mirrored: Sendable, Equatable {
    /// The keys of `properties` that lead to it.
    let path: [String]
    let name: String
  }

  private static let mark = "x-mcp-header"
  private var mirrored: [Mirrored] = []

  /// Looks through a schema.
  /// - Returns: nil where it marks what can't be mirrored: such a tool may not be used by HTTP.
  init?(_ schema: JSONObject) {
    guard find(in: .object(schema), path: []) else { return nil }
    guard Set(mirrored.map { $0.name.lowercased() }).count == mirrored.count else { return nil }
  }

  /// The fields of a call.
  func fields(_ arguments: JSONObject) -> [(name: String, value: String)] {
    mirrored.compactMap { mirrored in
      var value: JSONValue? = .object(arguments)
      for key in mirrored.path { value = value?[key] }
      let text: String
      switch value {
      case .string(let string)?: text = string
      case .bool(let bool)?: text = bool ? "true" : "false"
      case let number?:
        guard let int = number.int else { return nil }
        text = String(int)
      case nil: return nil
      }
      return ("Mcp-Param-\(mirrored.name)", FieldValue.encode(text))
    }
  }

  /// Goes down along `properties`; anywhere else a mark is none that could be followed.
  private mutating func find(in schema: JSONValue, path: [String]) -> Bool {
    guard case .object(let members) = schema else { return !Self.isMarked(schema) }
    for member in members.members {
      switch member.key {
      case Self.mark:
        guard !path.isEmpty, let name = member.value.string, Self.isToken(name),
          ["string", "integer", "boolean"].contains(members["type"]?.string ?? "")
        else { return false }
        mirrored.append(Mirrored(path: path, name: name))
      case "properties":
        for property in member.value.object?.members ?? [] {
          guard find(in: property.value, path: path + [property.key]) else { return false }
        }
      // Values, in which the mark is a value too.
      case "default", "const", "enum", "examples": break
      default:
        if Self.isMarked(member.value) { return false }
      }
    }
    return true
  }

  private static func isMarked(_ value: JSONValue) -> Bool {
    switch value {
    case .object(let members): members.members.contains { $0.key == mark || isMarked($0.value) }
    case .array(let elements): elements.contains { isMarked($0) }
    default: false
    }
  }

  /// RFC 9110 section 5.6.2.
  private static func isToken(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
      }
  }
}
