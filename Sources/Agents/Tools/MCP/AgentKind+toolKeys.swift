package import JSONWire

extension AgentKind {
  /// The entries of an agent's tools that say where a key is, and by that where it goes. Whoever may not name a key may
  /// not change them either, in anything.
  package static func keyedTools(_ settings: JSONObject) -> [JSONValue] {
    (settings["tools"]?.array ?? []).filter { entry in keyMembers.contains { entry[$0] != nil } }
  }
}
