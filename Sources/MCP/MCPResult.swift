package import JSONWire

/// What a call of a tool has brought. Nobody has checked what it says.
package struct MCPResult: Sendable, Equatable {
  /// A part of it.
  package enum Part: Sendable, Equatable {
    case text(String)
    /// An image, or a sound, of so many bytes of Base64.
    case binary(kind: String, mediaType: String, byteCount: Int)
    /// Something that could be read elsewhere.
    case link(uri: String, name: String)
    /// Something that is read already; its text is nil where it has none.
    case resource(uri: String, text: String?)
    /// A kind that is not known here.
    case other(String)
  }

  package let parts: [Part]
  /// The result as data, where the server gives it as such too.
  package let structured: JSONValue?
  /// Whether the tool says that it failed.
  package let isError: Bool

  /// - Throws: `unsupported` where the server wants to be told something first; `malformed`.
  init(_ result: JSONObject) throws(MCPError) {
    switch result["resultType"]?.string {
    case nil, "complete"?: break
    case "input_required"?: throw MCPError(.unsupported, "it asks for something of a person")
    case let kind?: throw MCPError(.malformed, "a result of type \(kind.prefix(50))")
    }
    guard let content = result["content"]?.array else { throw MCPError(.malformed, "a result without content") }
    parts = content.map { Part($0) }
    structured = result["structuredContent"]
    isError = result["isError"]?.bool ?? false
  }

  /// All of it that is text, as a model is told.
  package var text: String {
    let told = parts.map(\.description).joined(separator: "\n\n")
    return told.isEmpty ? structured?.description ?? "" : told
  }
}

extension MCPResult.Part: CustomStringConvertible {
  init(_ value: JSONValue) {
    let kind = value["type"]?.string ?? ""
    switch kind {
    case "text": self = .text(value["text"]?.string ?? "")
    case "image", "audio":
      self = .binary(
        kind: kind, mediaType: value["mimeType"]?.string ?? "", byteCount: value["data"]?.string?.utf8.count ?? 0)
    case "resource_link": self = .link(uri: value["uri"]?.string ?? "", name: value["name"]?.string ?? "")
    case "resource":
      let resource = value["resource"]
      self = .resource(uri: resource?["uri"]?.string ?? "", text: resource?["text"]?.string)
    default: self = .other(kind)
    }
  }

  /// As a model is told.
  package var description: String {
    switch self {
    case .text(let text): text
    case .binary(let kind, let type, let count): "[\(kind), \(type.prefix(100)), \(count * 3 / 4) bytes, left out]"
    case .link(let uri, let name): "[\(name): \(uri)]"
    case .resource(let uri, let text): text.map { "[\(uri)]\n\($0)" } ?? "[\(uri), left out]"
    case .other(let kind): "[\(kind.prefix(50)), left out]"
    }
  }
}
