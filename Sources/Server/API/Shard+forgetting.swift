import Accounts
import Conversation
import Databases
import HTTPWire
import JSONWire
import Log
import Postgres
import Store
import Transport

/// What is deleted, and what is taken out: noted before it is done, so that nothing is done that is not noted.
extension Shard {
  // MARK: The record

  /// Who asks, for the record: visitors by their numbers.
  private func origin(of call: APICall) async throws(Problem) -> AuditOrigin {
    guard let caller = call.caller, let bearer = caller.bearer else { return call.origin }
    switch bearer.kind {
    case .user(let id, _, _): return call.origin.by(.user(id))
    case .key(let grant): return call.origin.by(.key(grant.id))
    case .anonymous, .identified:
      let number = try await keeping { try await self.books.audit.visitor(bearer.owner, of: caller.site.id) }
      return call.origin.by(number.map { .visitor($0) } ?? .nobody)
    }
  }

  /// Notes what a request is about to do.
  func note(
    _ action: AuditAction, of target: String, for call: APICall, site: Int64? = nil,
    details: [(String, JSONValue)] = []
  ) async throws(Problem) {
    let origin = try await origin(of: call)
    let place = site ?? call.caller?.site.id
    try await keeping {
      try await self.books.audit.record(
        action, target: target, site: place, details: JSONObject(details), by: origin)
    }
  }

  // MARK: Deletion

  /// Has something done at the session's home.
  func change(_ id: SessionID, _ change: SessionCall, as acting: Acting) async throws(Problem) {
    do throws(ProtocolError) {
      let home = peers[id.home(of: peers.count)]
      _ = try await home.call(change, of: id, by: acting)
    } catch {
      throw Problem(error)
    }
  }

  /// `?now=true` leaves nothing of it; else its rows stay until they are purged.
  func deleteSession(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let (id, caller, isAtOnce) = (try call.session, try call.acting(), try call.flag("now"))
    guard try await read(.session, [.text(id.text)], for: caller).count > 0 else { throw Problem(.noSession) }
    try await note(.deleted, of: "session:\(id)", for: call, details: [("now", .bool(isAtOnce))])
    try await change(id, .delete, as: caller.acting)
    await node.desk?.leave(id.text)
    if isAtOnce { try await asking { () async throws(StoreError) in try await store.purge([id]) } }
    log.info("session deleted", ["session": id, "request": call.id, "from": call.address ?? "unknown"])
    return .done
  }

  /// Deletes all that belongs to whoever asks on a site, at once.
  func forgetCaller(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let caller = try call.acting()
    guard let owner = caller.owner else { throw .noToken }
    let number = try await keeping { try await self.books.audit.visitor(owner, of: caller.site.id) }
    var count = 0
    if let number {
      try await note(.deleted, of: "visitor:\(number)", for: call)
      count = try await forget(owner, on: caller.site.id)
    }
    log.info("a visitor's data deleted", ["sessions": count, "request": call.id, "from": call.address ?? "unknown"])
    return .forgotten(count)
  }

  /// Deletes all that somebody owns on a site, at once.
  /// - Returns: how many sessions that were.
  func forget(_ owner: [UInt8], on site: Int64) async throws(Problem) -> Int {
    // Its own alone, however far it sees.
    let acting = Acting(site: site, owner: owner)
    var count = 0
    while true {
      let rows = try await read([(.sessions, [.null, .null, .null, .null, .null, .int8(100)])], as: acting)[0]
      if rows.count == 0 { break }
      var ids: [SessionID] = []
      for row in 0..<rows.count {
        guard let id = SessionID(try reading { () throws(PostgresError) in try rows.text(row, 0) }) else { continue }
        // Whoever reads it is told. Somebody may have deleted it meanwhile.
        do throws(Problem) { try await change(id, .delete, as: acting) } catch  where error.status == .notFound {}
        ids.append(id)
      }
      guard !ids.isEmpty else { throw .internal }
      let purged = ids
      try await asking { () async throws(StoreError) in try await store.purge(purged) }
      count += ids.count
    }
    try await asking { () async throws(StoreError) in try await store.forget(owner, of: site) }
    return count
  }
}

extension HTTPResponse {
  /// So many sessions were deleted.
  static func forgotten(_ count: Int) -> HTTPResponse {
    .json { json in
      json.beginObject()
      json.key("sessions")
      json.int(count)
      json.endObject()
    }
  }
}
