package import Postgres

/// How far the passages' vectors have come by the model that is set up, on whichever server they are made.
package struct EmbeddingState: Sendable, Equatable {
  /// The model's number; nil: no vector of it was ever asked for.
  package let model: Int64?
  /// Why no vectors come just now, in one sentence, and since when, in microseconds since 1970; nil: they come.
  package let failure: String?
  package let since: Int64?

  package init(_ settings: EmbeddingSettings, from client: PostgresClient) async throws(PostgresError) {
    let rows = try await client.query(EmbeddingStatements.state, [.bytea(settings.digest)])
    guard rows.count > 0 else {
      (model, failure, since) = (nil, nil, nil)
      return
    }
    model = try rows.int(0, 0)
    failure = try rows.optional(0, 1, rows.text)
    since = try rows.optional(0, 2, rows.timestamp)
  }

  /// How many passages of a site's own there are, how many of them wait for their vectors, and how many the model has not
  /// taken.
  package func tally(
    of site: Int64, from client: PostgresClient
  ) async throws(PostgresError) -> (all: Int64, waiting: Int64, refused: Int64) {
    let rows = try await client.query(EmbeddingStatements.tally, [model.map { .int8($0) } ?? .null, .int8(site)])
    return (try rows.int(0, 0), try rows.int(0, 1), try rows.int(0, 2))
  }
}
