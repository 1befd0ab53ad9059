package import Conversation
package import Postgres

/// What a node tells the others: that something is worth looking at, never what it is. A hint may be lost.
package struct NodeHint: Sendable, Equatable {
  package enum Matter: Sendable, Equatable {
    /// The node is there.
    case alive
    /// It has let its runs go.
    case released
    /// It has changed these sessions.
    case sessions([SessionID])
    /// Somebody types in these sessions, or does no longer.
    case typing([SessionID], isActive: Bool)
    /// Sites or agents were changed, by whomever: the database says it, in the name of no node.
    case directory
  }

  /// Who says it.
  package var node: UUIDValue
  package var matter: Matter

  package init(node: UUIDValue, matter: Matter) {
    self.node = node
    self.matter = matter
  }

  /// So many sessions fit into one hint, however long their ids are.
  package static let mostSessions = 110

  /// As it is sent: the node, a word, and the sessions' ids, with blanks between.
  var text: String {
    switch matter {
    case .alive: "\(node) alive"
    case .released: "\(node) released"
    case .directory: "\(node) directory"
    case .sessions(let ids): "\(node) sessions " + ids.map(\.text).joined(separator: " ")
    case .typing(let ids, let isActive):
      "\(node) \(isActive ? "typing" : "typed") " + ids.map(\.text).joined(separator: " ")
    }
  }

  /// Nil where it is none.
  package init?(_ text: String) {
    let words = text.split(separator: " ")
    guard words.count >= 2, let node = UUIDValue(String(words[0])) else { return nil }
    self.node = node
    switch words[1] {
    case "alive": matter = .alive
    case "released": matter = .released
    case "directory": matter = .directory
    case "sessions": matter = .sessions(words[2...].compactMap { SessionID(String($0)) })
    case "typing", "typed":
      matter = .typing(words[2...].compactMap { SessionID(String($0)) }, isActive: words[1] == "typing")
    default: return nil
    }
  }
}
