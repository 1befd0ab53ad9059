import Conversation

/// The tools that there are for one answer, by their names.
struct ToolBox: Sendable {
  private(set) var tools: [any Tool] = []
  /// So many are told to a model.
  private static let most = 128

  init(_ sources: [any ToolSource], for request: AgentRequest) async throws {
    for source in sources {
      do {
        for tool in try await source.tools(for: request) where tools.count < Self.most {
          // Of two with one name the first counts.
          if self[tool.description.name] == nil, tool.description.hasGoodName { tools.append(tool) }
        }
      } catch is ToolError {
        // The answer goes on without them.
      }
    }
  }

  subscript(name: String) -> (any Tool)? { tools.first { $0.description.name == name } }

  var isEmpty: Bool { tools.isEmpty }
  var descriptions: [ToolDescription] { tools.map(\.description) }
}

extension ToolDescription {
  /// Whether models can call it by its name.
  fileprivate var hasGoodName: Bool {
    (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}
