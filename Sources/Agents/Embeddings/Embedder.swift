package import Log
package import Postgres

/// Gives passages their vectors, in small batches, one server at a time.
package struct Embedder: Sendable {
  /// What became of a batch.
  package enum Step: Sendable, Equatable {
    /// So many passages have one now; there may be more.
    case made(Int)
    /// None lacks one.
    case complete
    /// It is another server's turn.
    case notItsTurn
    /// The service failed, and is left alone for so many milliseconds.
    case resting(UInt64)
  }

  /// A passage that lacks one.
  private struct Passage {
    let document: Int64
    let ordinal: Int64
    let mark: String
    let text: String
  }

  private let client: PostgresClient
  private let service: EmbeddingService
  private let log: Logger
  private let holder = UUIDValue(high: .random(in: 0...(.max)), low: .random(in: 0...(.max)))

  /// How much longer than a batch may take its turn is.
  private static let slack: Int64 = 30
  /// What any model takes.
  private static let probe = "a"
  /// Who fails, in sentences for persons.
  private static let subject = "embeddings model"

  package init(client: PostgresClient, service: EmbeddingService, log: Logger) {
    self.client = client
    self.service = service
    self.log = log
  }

  /// Does one batch.
  /// - Throws: `PostgresError`; `CancellationError`.
  package func step() async throws -> Step {
    let rest = service.rest(of: .passages)
    if rest > 0 { return .resting(rest) }
    let settings = service.settings
    // One that is refused as a whole is asked for one by one.
    let longest = Int64(settings.seconds) * Int64(settings.batch + 2) + Self.slack
    guard try await client.query(EmbeddingStatements.takeTurn, [.uuid(holder), .int8(longest)]).count > 0 else {
      return .notItsTurn
    }
    do {
      let step = try await batch()
      try await leave()
      return step
    } catch {
      try? await leave()
      throw error
    }
  }

  /// How many passages there are, and how many of them lack a vector.
  package func progress() async throws(PostgresError) -> (all: Int64, lacking: Int64) {
    let rows = try await client.query(EmbeddingStatements.progress, [.int8(try await model().id)])
    return (try rows.int(0, 0), try rows.int(0, 1))
  }

  private func leave() async throws(PostgresError) {
    _ = try await client.query(EmbeddingStatements.leaveTurn, [.uuid(holder)])
  }

  private func model() async throws(PostgresError) -> (id: Int64, dimensions: Int64?) {
    let rows = try await client.query(
      EmbeddingStatements.model, [.bytea(service.settings.digest), .text(service.settings.model)])
    return (try rows.int(0, 0), try rows.optional(0, 1, rows.int))
  }

  private func batch() async throws -> Step {
    let model = try await model()
    let passages = try await lacking(model.id)
    guard !passages.isEmpty else {
      _ = try await client.query(EmbeddingStatements.forgetModels, [.int8(model.id)])
      return .complete
    }
    let before = service.failures(of: .passages)
    do {
      let vectors = try await vectors(of: passages)
      if let dimensions = vectors.lazy.compactMap({ $0?.count }).first {
        guard model.dimensions == nil || model.dimensions == Int64(dimensions) else {
          let failure = ModelFailure(.garbled, "dimensions")
          service.note(failure, .passages)
          throw failure
        }
        _ = try await client.query(EmbeddingStatements.setDimensions, [.int8(model.id), .int8(Int64(dimensions))])
      }
      try await store(passages, vectors, model.id)
      _ = try await client.query(EmbeddingStatements.note, [.int8(model.id), .null])
      if before > 0 { log.info("vectors are made again", ["failures": before]) }
      return .made(passages.count)
    } catch let failure as ModelFailure {
      let counts = service.counts
      let sentence = failure.sentence(of: Self.subject)
      _ = try await client.query(EmbeddingStatements.note, [.int8(model.id), .text(sentence)])
      // Once for a row of them.
      if before == 0 {
        log.warning(
          "vectors can't be made", ["error": service.summary(of: failure), "failed": counts.failed])
      }
      return .resting(max(service.rest(of: .passages), 1))
    }
  }

  private func lacking(_ model: Int64) async throws(PostgresError) -> [Passage] {
    let rows = try await client.query(
      EmbeddingStatements.lacking, [.int8(model), .int8(Int64(service.settings.batch))])
    return try (0..<rows.count).map { row throws(PostgresError) in
      let headings = [try rows.text(row, 3), try rows.text(row, 4)].filter { !$0.isEmpty }
      let head = headings.joined(separator: KnowledgeLibrary.headingSeparator)
      return Passage(
        document: try rows.int(row, 0), ordinal: try rows.int(row, 1), mark: try rows.text(row, 2),
        text: service.settings.passagePrefix + head + "\n\n" + (try rows.text(row, 5)))
    }
  }

  /// The vectors of passages; nil for one that the model does not take.
  private func vectors(of passages: [Passage]) async throws -> [[Float]?] {
    let limit = service.settings.seconds * 1000
    do {
      return try await service.vectors(of: passages.map(\.text), for: .passages, within: limit)
    } catch let failure as ModelFailure where failure.kind == .refusedRequest || failure.kind == .tooLong {
      var vectors: [[Float]?] = []
      for passage in passages {
        do {
          vectors.append(try await service.vectors(of: [passage.text], for: .passages, within: limit)[0])
        } catch let failure as ModelFailure where failure.kind == .refusedRequest || failure.kind == .tooLong {
          vectors.append(nil)
        }
      }
      // It takes nothing at all: that is not about the texts.
      if vectors.allSatisfy({ $0 == nil }) {
        do {
          _ = try await service.vectors(of: [Self.probe], for: .passages, within: limit)
        } catch let probe as ModelFailure {
          let whole = ModelFailure(.fault, probe.detail, said: probe.said)
          service.note(whole, .passages)
          throw whole
        }
      }
      return vectors
    }
  }

  private func store(_ passages: [Passage], _ vectors: [[Float]?], _ model: Int64) async throws(PostgresError) {
    let all = zip(passages, vectors).map { (passage: $0, vector: $1) }
    let refused = all.filter { $0.vector == nil }
    for _ in refused { service.countRefused() }
    var steps: [(PostgresStatement, [PostgresValue])] = []
    for part in [all.filter { $0.vector != nil }, refused] where !part.isEmpty {
      steps.append(
        (
          EmbeddingStatements.store,
          [
            .int8(model), .int8s(part.map(\.passage.document)), .int8s(part.map(\.passage.ordinal)),
            .texts(part.map(\.passage.mark)), .float4s(part.flatMap { $0.vector ?? [] }),
            .int8(Int64(part[0].vector?.count ?? 0)),
          ]
        ))
    }
    // Under the documents' lock a passage is not replaced meanwhile, and the keys of vectors come in order.
    _ = try await client.transaction([(KnowledgeLibrary.lock, [])] + steps)
  }
}
