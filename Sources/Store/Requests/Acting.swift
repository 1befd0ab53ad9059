/// For whom a request acts. The database itself shows it nothing else (migration 0011).
package struct Acting: Sendable, Equatable {
  /// How far a request sees.
  package enum Reach: String, Sendable {
    /// What belongs to its visitor.
    case own
    /// What belongs to anybody of its site.
    case site
  }

  package let site: Int64
  /// The digest that its visitor is known by; nil for none.
  package let owner: [UInt8]?
  package let reach: Reach

  package init(site: Int64, owner: [UInt8]?, reach: Reach = .own) {
    self.site = site
    self.owner = owner
    self.reach = reach
  }
}
