package import Conversation
import Postgres

/// Removing what was deleted.
extension PostgresStore {
  package func purge(_ sessions: [SessionID]) async throws(StoreError) {
    _ = try await asking { () async throws(PostgresError) in
      try await reads.query(Statements.purge, [.texts(sessions.map(\.text))])
    }
  }

  package func forget(_ owner: [UInt8], of site: Int64) async throws(StoreError) {
    _ = try await asking { () async throws(PostgresError) in
      try await reads.query(Statements.forget, [.int8(site), .bytea(owner)])
    }
  }
}
