/// What the proxy does to one connection.
package struct LinkPlan: Sendable, Equatable {
  package enum Direction: Int, Sendable, CaseIterable {
    /// From the client to the node.
    case up
    /// From the node to the client.
    case down
  }

  package enum Ending: Sendable, CaseIterable {
    /// Both sides see a reset.
    case reset
    /// Both sides see the other's end.
    case finish
    /// Both sides see nothing, and never hear of each other again: half open.
    case swallow
  }

  package struct Cut: Sendable, Equatable {
    package var direction: Direction
    /// How many bytes of that direction pass before it.
    package var bytes: Int
    package var ending: Ending

    package init(direction: Direction, bytes: Int, ending: Ending) {
      (self.direction, self.bytes, self.ending) = (direction, bytes, ending)
    }
  }

  /// Whether the connection is reset before a byte has passed.
  package var isRefused = false
  package var cut: Cut?
  /// How long each byte is held, in milliseconds.
  package var delay: UInt64 = 0
  /// How many bytes are passed on at once, at most.
  package var piece = 65_536

  package init() {}

  /// Takes all from the generator: about half of the connections are left alone at first.
  package static func random(using generator: inout some RandomNumberGenerator) -> LinkPlan {
    var plan = LinkPlan()
    plan.isRefused = Int.random(in: 0..<100, using: &generator) < 3
    if Int.random(in: 0..<100, using: &generator) < 30 { plan.cut = .random(using: &generator) }
    if Int.random(in: 0..<100, using: &generator) < 15 { plan.delay = .random(in: 1...150, using: &generator) }
    if Int.random(in: 0..<100, using: &generator) < 5 { plan.piece = .random(in: 1...64, using: &generator) }
    return plan
  }
}

extension LinkPlan.Cut {
  /// - Parameter scale: a power of two that bounds the bytes.
  package static func random(scale: Int = 17, using generator: inout some RandomNumberGenerator) -> LinkPlan.Cut {
    let limit = 1 << Int.random(in: 0...scale, using: &generator)
    return LinkPlan.Cut(
      direction: Bool.random(using: &generator) ? .up : .down, bytes: Int.random(in: 0..<limit, using: &generator),
      ending: LinkPlan.Ending.allCases.randomElement(using: &generator) ?? .reset)
  }
}
