/// What is committed together. A session's changes in it take effect in the order of their kinds: sends, beginnings,
/// bytes, ends, retries, updates, stops.
package struct Group: Sendable {
  package var changes: [Change]
  package var growths: [Growth]
  /// Whether other nodes may be changing the same sessions: then they are locked first, in one order for all.
  package var isShared: Bool
  /// The places of those changes that somebody has asked for, who can be told to ask again.
  package var requests: Set<Int>

  package init(changes: [Change] = [], growths: [Growth] = [], isShared: Bool = false, requests: Set<Int> = []) {
    self.changes = changes
    self.growths = growths
    self.isShared = isShared
    self.requests = requests
  }

  package var isEmpty: Bool { changes.isEmpty && growths.isEmpty }
}

/// What became of a group: an outcome for each of its parts, in their order.
package struct GroupOutcome: Sendable {
  package var changes: [Outcome]
  package var growths: [Outcome]

  package init(changes: [Outcome], growths: [Outcome]) {
    self.changes = changes
    self.growths = growths
  }
}
