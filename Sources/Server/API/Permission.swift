import Accounts
import HTTPWire
import Store

/// What users and servers may do beyond talking, and who may: all of it in one table.
enum Permission: Sendable, CaseIterable {
  /// To see and end what is one's own.
  case ownAccount
  case readSites, changeSites
  case keepKeys
  case keepUsers
  /// To see and change the agents that operators set up.
  case keepAgents
  case readAudit
  /// To see, and to store and delete, what the knowledge agent of a site answers from.
  case readDocuments, keepDocuments

  /// The least role of a user: in the deployment for everything, on a site for what belongs to that.
  var role: UserRole {
    switch self {
    case .ownAccount: .member
    case .readSites: .operates
    case .changeSites, .keepKeys, .keepUsers, .keepAgents, .readAudit, .readDocuments, .keepDocuments: .admin
    }
  }

  /// What a server's key has to be for; nil: no key will do.
  var scope: APIScope? {
    switch self {
    case .readSites: .readSites
    case .changeSites: .writeSites
    case .readAudit: .readAudit
    case .readDocuments: .readDocuments
    case .keepDocuments: .writeDocuments
    // A key makes no keys and no users, so that one that was stolen ends with its revocation.
    case .ownAccount, .keepKeys, .keepUsers, .keepAgents: nil
    }
  }
}

/// The sites that somebody may do something on.
enum Extent: Sendable, Equatable {
  /// All, and what belongs to none.
  case deployment
  /// These, by their numbers.
  case sites([Int64])

  /// The numbers; nil: all.
  var numbers: [Int64]? { if case .sites(let numbers) = self { numbers } else { nil } }

  func contains(_ site: Int64?) -> Bool {
    switch self {
    case .deployment: true
    case .sites(let numbers): site.map { numbers.contains($0) } ?? false
    }
  }
}

/// What may be done with the sessions of others, by a server whose key is for that.
enum SessionRight: Sendable, CaseIterable {
  case read
  /// To change and delete them; what was changed is shown.
  case change

  /// What the key has to be for.
  var scope: APIScope {
    switch self {
    case .read: .readSessions
    case .change: .writeSessions
    }
  }
}

extension Route.Access {
  /// Whether a site is named by the request, or stands for it.
  var concernsSite: Bool {
    switch self {
    case .open, .account: false
    case .page, .owner, .sessions: true
    }
  }

  /// Whether it takes a credential of somebody who owns sessions.
  var takesOwner: Bool {
    switch self {
    case .owner, .sessions: true
    case .open, .page, .account: false
    }
  }

  /// What a server's key has to be for: one of these. None: no key will do, or none is looked at.
  var scopes: [APIScope] {
    switch self {
    case .open: []
    case .page, .owner: [.chat]
    case .sessions(let right): [.chat, right.scope]
    case .account(let permission): permission.scope.map { [$0] } ?? []
    }
  }

  /// Refuses a key that is for other things.
  func check(_ grant: APIKeyGrant) throws(Problem) {
    guard !scopes.isEmpty else { throw .forbidden("this is for users, not for keys") }
    guard !grant.scopes.isDisjoint(with: scopes) else {
      throw .forbidden("this key lacks the scope \(scopes.map(\.rawValue).joined(separator: " or "))")
    }
  }
}

extension Shard {
  /// The user or the server that makes a request.
  func account(of request: HTTPRequestHead, for permission: Permission) throws(Problem) -> Bearer {
    guard let text = try request.bearer else {
      throw .unauthenticated("a token is missing: Authorization: Bearer and an access token or an API key")
    }
    let bearer: Bearer
    do throws(CredentialError) {
      bearer = try directory.credentials.bearer(of: text, now: wallSeconds)
    } catch {
      throw Problem(error)
    }
    if case .key(let grant) = bearer.kind {
      noteUse(of: grant)
      try Route.Access.account(permission).check(grant)
    }
    return bearer
  }

  /// Where somebody may do something.
  /// - Throws: `forbidden` where that is nowhere.
  func extent(of bearer: Bearer?, for permission: Permission) async throws(Problem) -> Extent {
    switch bearer?.kind {
    case .key(let grant): return grant.site.map { .sites([$0]) } ?? .deployment
    case .user(let id, let role, _):
      if role >= permission.role { return .deployment }
      let memberships = try await keeping { try await self.books.users(by: AuditOrigin(.user(id))).memberships(of: id) }
      let sites = memberships.filter { $0.role >= permission.role }.map(\.site)
      guard !sites.isEmpty else { throw .forbidden("this takes the role \(permission.role.rawValue)") }
      return .sites(sites)
    default: throw .internal
    }
  }
}
