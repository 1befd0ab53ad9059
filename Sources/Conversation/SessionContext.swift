package import JSONWire

/// The context object of a session: data of the page, kept for the agent.
package struct SessionContext: Sendable, Equatable {
  package private(set) var object: JSONObject

  /// An empty one, or the given object.
  package init(_ object: JSONObject = JSONObject()) { self.object = object }

  /// The largest context after a merge, in bytes of JSON.
  package static let maximumBytes = 16 * 1024

  /// Merges `changes` at the top level: a null value deletes its key. Nil where the result is over its size.
  package func merging(_ changes: SessionContext) -> SessionContext? {
    // By their bytes, as the object compares them; looked up in a set, since a client chooses how many there are.
    let changed = Set(changes.object.members.map { Array($0.key.utf8) })
    var members = object.members.filter { !changed.contains(Array($0.key.utf8)) }
    for member in changes.object.members where !member.value.isNull { members.append(member) }
    let merged = SessionContext(JSONObject(members.map { ($0.key, $0.value) }))
    return merged.bytes.count <= Self.maximumBytes ? merged : nil
  }

  /// The object as JSON.
  package var bytes: [UInt8] {
    var writer = JSONWriter()
    object.write(to: &writer)
    return writer.bytes
  }
}
