/// A type of PostgreSQL's catalogue by its OID.
package struct PostgresType: Sendable, Equatable {
  package let oid: UInt32

  package init(oid: UInt32) { self.oid = oid }

  package static let bool = PostgresType(oid: 16)
  package static let bytea = PostgresType(oid: 17)
  package static let int8 = PostgresType(oid: 20)
  package static let int2 = PostgresType(oid: 21)
  package static let int4 = PostgresType(oid: 23)
  package static let text = PostgresType(oid: 25)
  package static let json = PostgresType(oid: 114)
  package static let float4 = PostgresType(oid: 700)
  package static let float8 = PostgresType(oid: 701)
  package static let timestamptz = PostgresType(oid: 1184)
  package static let uuid = PostgresType(oid: 2950)
  package static let jsonb = PostgresType(oid: 3802)
}

/// The distance of PostgreSQL's epoch, 2000-01-01, from the Unix epoch, in microseconds.
let postgresEpoch: Int64 = 946_684_800_000_000
