package import Conversation

/// Whose documents are looked at: those of a site, and the shared ones where the site wants these.
package enum KnowledgeScope: Sendable, Equatable {
  /// The site of a session.
  case session(SessionID)
  /// A site by its number.
  case site(Int64)
}
