/// What a user may do, the least first.
package enum UserRole: String, Sendable, CaseIterable, Comparable {
  /// Talks, and sees what is its own.
  case member
  /// Answers and reads the conversations of its sites.
  case operates = "operator"
  /// Changes sites, agents and keys.
  case admin
  /// Also changes who is admin.
  case owner

  /// Whether the left one may less.
  package static func < (left: UserRole, right: UserRole) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .member: 0
    case .operates: 1
    case .admin: 2
    case .owner: 3
    }
  }
}
