/// What an API key may be used for.
package enum APIScope: String, Sendable, CaseIterable {
  /// To talk, as an owner of its own.
  case chat
  /// To read the conversations of everybody on its sites.
  case readSessions = "sessions:read"
  /// To change and delete them.
  case writeSessions = "sessions:write"
  /// To read how its sites are set up.
  case readSites = "sites:read"
  /// To change that.
  case writeSites = "sites:write"
  /// To see the documents of its sites.
  case readDocuments = "documents:read"
  /// To store and delete them.
  case writeDocuments = "documents:write"
  /// To read what was done, and by whom.
  case readAudit = "audit:read"
}
