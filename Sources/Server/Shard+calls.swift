import Conversation
import Reactor
import Store

/// What somebody wants changed in a session without being its reader: a request over plain HTTP.
enum SessionCall: Sendable {
  case update(ClientFrame.UpdateSession)
  case rate(ClientFrame.Rate)
  case delete
}

/// Who waits for what becomes of a call.
struct PendingCall {
  /// Kept, so that its identity is nobody else's meanwhile.
  let reader: Reader
  let continuation: CheckedContinuation<[UInt8], Never>
}

/// Calls: they go through the session in memory as a frame does, and are answered by the frame that answers it.
extension Shard {
  /// Carries out a call at the home of its session, which is brought into memory for it where it is not.
  /// - Parameters:
  ///   - acting: for whom: the session's owner, or a server whose key reaches everybody on the site for this.
  /// - Returns: the frame that answers it.
  /// - Throws: `not_found` for a session that is not there, was deleted, or is another's or another site's: all alike.
  nonisolated func call(
    _ call: SessionCall, of id: SessionID, by acting: Acting
  ) async throws(ProtocolError) -> [UInt8] {
    let result = await withCheckedContinuation { continuation in
      // Its waits are this loop's, whoever calls.
      _ = loop.task {
        continuation.resume(returning: await self.result(of: call, in: id, by: acting))
      }
    }
    return try result.get()
  }

  private func result(
    of call: SessionCall, in id: SessionID, by acting: Acting
  ) async -> Result<[UInt8], ProtocolError> {
    guard store.takesChanges else { return .failure(.unavailable(ref: nil)) }
    let session: LiveSession
    do throws(StoreError) {
      guard let present = try await present(id) else { return .failure(.noSession) }
      session = present
    } catch {
      return .failure(.unavailable(ref: nil))
    }
    defer { retire(session) }
    let isReached: Bool
    switch acting.reach {
    case .own: isReached = acting.owner.map { session.isOwned(by: $0, of: acting.site) } ?? false
    case .site: isReached = session.site == acting.site
    }
    guard isReached, !session.isGone else { return .failure(.noSession) }
    let frame = await withCheckedContinuation { continuation in
      let reader = Reader(token: .max)
      callers[ObjectIdentifier(reader)] = PendingCall(reader: reader, continuation: continuation)
      let origin = Origin(reader: reader, ref: nil)
      switch call {
      case .update(let update): session.update(update, from: origin)
      case .rate(let rate): session.rate(rate, from: origin)
      case .delete: session.delete(from: origin)
      }
      perform(session)
    }
    guard let error = ProtocolError(frame) else { return .success(frame) }
    // A session that was deleted meanwhile is one that is not there.
    return .failure(error.code == .unauthenticated ? .noSession : error)
  }

  /// Makes a session where there is none of its id, at its home.
  /// - Returns: whether it was made now.
  /// - Throws: `unauthenticated` for one that is there and is another's, or was deleted.
  nonisolated func make(_ creation: Change.Creation, _ agent: AgentProfile) async throws(ProtocolError) -> Bool {
    let result = await withCheckedContinuation { continuation in
      _ = loop.task { continuation.resume(returning: await self.result(of: creation, agent)) }
    }
    return try result.get()
  }

  private func result(of creation: Change.Creation, _ agent: AgentProfile) async -> Result<Bool, ProtocolError> {
    let id = creation.id
    guard store.takesChanges else { return .failure(.unavailable(ref: nil)) }
    for _ in 0..<3 {
      let session: LiveSession?
      do throws(StoreError) {
        session = try await present(id)
      } catch {
        return .failure(.unavailable(ref: nil))
      }
      if let session {
        defer { retire(session) }
        return session.isOwned(by: creation.owner, of: creation.site) && !session.isGone
          ? .success(false) : .failure(.notTheOwner)
      }
      let outcome = await withCheckedContinuation { continuation in
        journal.submit(.create(creation)) { continuation.resume(returning: $0) }
      }
      switch outcome {
      case .created: return .success(true)
      // Somebody was faster, or it was deleted: then it is not to be had.
      case .refused: continue
      case .unavailable: return .failure(.unavailable(ref: nil))
      default: return .failure(ProtocolError(.internal, "the session could not be made"))
      }
    }
    return .failure(.notTheOwner)
  }

  /// Gives a caller its answer.
  func answer(_ frame: [UInt8], to reader: Reader) {
    callers.removeValue(forKey: ObjectIdentifier(reader))?.continuation.resume(returning: frame)
  }

  /// The session in memory; nil where it is not there.
  private func present(_ id: SessionID) async throws(StoreError) -> LiveSession? {
    // Somebody is on the way in already: the session is theirs to read.
    while opening[id] != nil { await loop.sleep(milliseconds: 5) }
    if let session = sessions[id] { return session }
    opening[id] = []
    do throws(StoreError) {
      guard let (record, _) = try await store.open([PageRequest(session: id, limit: 0)])[0].get(), !record.isDeleted
      else {
        goOnOpening(id)
        return nil
      }
      guard let session = live(record) else { throw .unavailable }
      // Who has come meanwhile reads a page of its own.
      opened(session, page: nil, created: false)
      // It was let go of where nobody else wants it.
      sessions[id] = session
      return session
    } catch {
      putOff(id)
      throw error
    }
  }
}

extension ProtocolError {
  static let noSession = ProtocolError(.notFound, "there is no such session")
}
