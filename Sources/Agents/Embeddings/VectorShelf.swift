import Postgres
import Reactor

/// The vectors of sites, in memory, where all of a site's are compared with a question's. On a thread of its own: that
/// takes milliseconds. What was asked for longest ago makes room for others.
actor VectorShelf {
  /// The vectors of a site, in the order of their keys.
  private struct Site {
    var keys: [Int64] = []
    /// The numbers of all of them, one vector behind the other.
    var numbers: [Float] = []
    var usedAt: UInt64 = 0
  }

  nonisolated let unownedExecutor: UnownedSerialExecutor
  private let client: PostgresClient
  private let digest: [UInt8]
  private let mostNumbers: Int
  private var model: Int64?
  private var sites: [Int64: Site] = [:]
  private var uses: UInt64 = 0

  /// Vectors that are read at once.
  private static let piece: Int64 = 1000

  /// - Parameters:
  ///   - digest: the model's.
  ///   - megabytes: the memory that all of them may take, in MiB.
  init(loop: EventLoop, client: PostgresClient, digest: [UInt8], megabytes: Int) {
    unownedExecutor = loop.asUnownedSerialExecutor()
    self.client = client
    self.digest = digest
    mostNumbers = megabytes * 1024 * 1024 / MemoryLayout<Float>.size
  }

  /// How many numbers are held.
  var held: Int { sites.values.reduce(0) { $0 + $1.numbers.count } }

  /// The vectors that are nearest to a question's, the nearest first; none where a site has more than there is room for.
  func nearest(
    to question: [Float], in scope: KnowledgeScope, _ statements: KnowledgeStatements, limit: Int
  ) async throws(PostgresError) -> [NearVector] {
    guard let site = try await update(scope, statements, dimensions: question.count), let own = sites[site] else {
      return []
    }
    uses += 1
    sites[site]?.usedAt = uses
    return NearVector.nearest(to: question, keys: own.keys, numbers: own.numbers, limit: limit)
  }

  /// Takes in what has come and gone of a site's vectors.
  /// - Returns: the site; nil where it has none, or too many.
  private func update(
    _ scope: KnowledgeScope, _ statements: KnowledgeStatements, dimensions: Int
  ) async throws(PostgresError) -> Int64? {
    if model == nil {
      let rows = try await client.query(EmbeddingStatements.findModel, [.bytea(digest)])
      model = rows.isEmpty ? nil : try rows.int(0, 0)
    }
    guard let model else { return nil }
    let state = try await scope.read(statements.vectorState, [.int8(model)], from: client)
    let (site, count, last) = (try state.int(0, 0), Int(try state.int(0, 1)), try state.int(0, 2))
    guard count > 0, makeRoom(for: count * dimensions, of: site) else {
      sites[site] = nil
      // Another one may have been made since under the same name.
      if count == 0 { self.model = nil }
      return nil
    }
    while (sites[site]?.keys.last ?? 0) < last {
      let after = sites[site]?.keys.last ?? 0
      let rows = try await scope.read(
        statements.selectVectors, [.int8(model), .int8(after), .int8(Self.piece)], from: client)
      try take(rows, of: site, dimensions)
      if rows.isEmpty { break }
    }
    if let own = sites[site], own.keys.count != count {
      let rows = try await scope.read(statements.selectVectorKeys, [.int8(model)], from: client)
      drop(of: site, dimensions, except: Set(try rows.ints(0, 0).compactMap(\.self)))
    }
    return site
  }

  /// Adds what was read, but for what somebody else's question has added meanwhile.
  private func take(_ rows: PostgresRows, of site: Int64, _ dimensions: Int) throws(PostgresError) {
    var own = sites.removeValue(forKey: site) ?? Site()
    defer { sites[site] = own }
    for row in 0..<rows.count {
      let key = try rows.int(row, 0)
      guard key > own.keys.last ?? 0 else { continue }
      let before = own.numbers.count
      try rows.appendFloats(row, 1, to: &own.numbers)
      guard own.numbers.count == before + dimensions else {
        own = Site()
        throw PostgresError(.decoding, "a vector has another number of dimensions")
      }
      own.keys.append(key)
    }
  }

  private func drop(of site: Int64, _ dimensions: Int, except kept: Set<Int64>) {
    guard let own = sites.removeValue(forKey: site) else { return }
    var rest = Site(usedAt: own.usedAt)
    for (place, key) in own.keys.enumerated() where kept.contains(key) {
      rest.keys.append(key)
      rest.numbers += own.numbers[place * dimensions..<(place + 1) * dimensions]
    }
    sites[site] = rest
  }

  /// Lets others go where a site's would not fit beside them.
  /// - Returns: whether they fit.
  private func makeRoom(for numbers: Int, of site: Int64) -> Bool {
    guard numbers <= mostNumbers else { return false }
    let others = sites.filter { $0.key != site }.sorted { $0.value.usedAt < $1.value.usedAt }
    var sum = others.reduce(numbers) { $0 + $1.value.numbers.count }
    for other in others where sum > mostNumbers {
      sum -= other.value.numbers.count
      sites[other.key] = nil
    }
    return true
  }
}
