import Accounts
import Conversation
import HTTPWire
import Reactor
import Store

/// A session that is used by its id alone: whoever knows the id has it. For clients that know no tokens, and only where
/// the site allows it.
struct BareSession: Equatable {
  let id: SessionID
  /// The digest that its owner is known by. No token has it, so that no token opens the session, and the id no other.
  let owner: [UInt8]

  /// - Parameter text: as the client has it: a session id, or a shorter one of the same characters.
  /// - Throws: where it is neither.
  init(_ text: String, on site: Directory.Site) throws(Problem) {
    // Dashes in front make the id long enough; a short one has none there itself.
    let missing = max(0, 16 - text.utf8.count)
    guard !text.isEmpty, missing == 0 || text.utf8.first != UInt8(ascii: "-"),
      let id = SessionID(String(repeating: "-", count: missing) + text)
    else { throw .badField("session_id: 1 to 64 of A-Z a-z 0-9 _ -, not beginning with -") }
    self.id = id
    owner = SHA256.digest(Array("bare:\(site.key):\(id.text)".utf8))
  }
}

extension Directory.Site {
  /// Whether a request may use sessions by their ids alone.
  /// - Parameter host: the address that it comes from.
  func takesBareIDs(_ request: HTTPRequestHead, from host: String?) -> Bool {
    guard identity.mode != .required else { return false }
    switch bareIDs {
    case .off: return false
    case .all: return true
    case .loopback:
      // What a proxy on this machine passes on comes from anywhere.
      let passedOn = ["forwarded", "x-forwarded-for", "via"] as [StaticString]
      guard passedOn.allSatisfy({ request.fields[$0] == nil }), let host else { return false }
      return host == "::1" || host.hasPrefix("127.")
    }
  }
}
