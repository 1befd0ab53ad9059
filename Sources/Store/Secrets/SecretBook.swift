package import Postgres
package import Sealing

/// All that is stored sealed, for those who keep the secret key.
package struct SecretBook: Sendable {
  private let client: PostgresClient
  private let sealer: Sealer

  package init(_ client: PostgresClient, _ sealer: Sealer) {
    self.client = client
    self.sealer = sealer
  }

  /// How many secrets were, or are, what.
  package struct Tally: Sendable, Equatable {
    /// Lay clear, and are sealed now.
    package var sealed = 0
    /// Were sealed under an older version, and are under the current one now.
    package var renewed = 0
    /// Can't be opened: another key has sealed them.
    package var lost = 0
    /// Are sealed under the current version.
    package var current = 0

    package init(sealed: Int = 0, renewed: Int = 0, lost: Int = 0, current: Int = 0) {
      self.sealed = sealed
      self.renewed = renewed
      self.lost = lost
      self.current = current
    }
  }

  /// Seals what lies clear. Several may do it at once.
  @discardableResult
  package func sealClear() async throws -> Tally {
    var tally = Tally()
    for column in SealedColumn.all {
      guard let list = column.listClear, let seal = column.seal else { continue }
      let rows = try await client.query(list)
      for row in 0..<rows.count {
        let (key, clear) = (try rows.text(row, 0), try rows.bytes(row, 1))
        let sealed = try sealer.seal(clear, for: column.row(key))
        tally.sealed += try await client.query(seal, [.text(key), .bytea(clear), .bytea(sealed)]).affected
      }
    }
    return tally
  }

  /// Counts what the keys that are here open, and changes nothing.
  package func check() async throws -> Tally { try await go(renews: false, forgetsLost: false) }

  /// Seals under the current version what is sealed under an older one.
  /// - Parameter forgetsLost: whether what no key here opens is forgotten.
  package func renew(forgetsLost: Bool = false) async throws -> Tally {
    try await go(renews: true, forgetsLost: forgetsLost)
  }

  private func go(renews: Bool, forgetsLost: Bool) async throws -> Tally {
    var tally = Tally()
    for column in SealedColumn.all {
      let rows = try await client.query(column.listSealed)
      for row in 0..<rows.count {
        let (key, sealed) = (try rows.text(row, 0), try rows.bytes(row, 1))
        guard let clear = try? sealer.open(sealed, for: column.row(key)) else {
          tally.lost += 1
          if forgetsLost { _ = try await client.query(column.forget, [.text(key), .bytea(sealed)]) }
          continue
        }
        if Sealer.version(of: sealed) == sealer.version {
          tally.current += 1
        } else if renews {
          let renewed = try sealer.seal(clear, for: column.row(key))
          tally.renewed += try await client.query(
            column.replace, [.text(key), .bytea(sealed), .bytea(renewed)]
          ).affected
        }
      }
    }
    return tally
  }

  /// Whether anything is sealed: such a database needs its key.
  package static func holdsSealed(_ client: PostgresClient) async throws -> Bool {
    for column in SealedColumn.all where try await client.query(column.listSealed).count > 0 { return true }
    return false
  }
}
