package import Conversation
import Postgres

/// Reading sessions for those who come, many in one round trip: most of what a read costs is asking.
extension PostgresStore {
  package func open(_ requests: [PageRequest]) async -> [Result<(SessionRecord, Page)?, StoreError>] {
    do throws(StoreError) {
      var opened = try await read(requests)
      let busy = opened.indices.filter { opened[$0].hasRuns }
      if !busy.isEmpty {
        let further = try await readRuns(busy.map { requests[$0] })
        for (place, result) in zip(busy, further) { opened[place].add(result) }
      }
      return opened.map(\.result)
    } catch {
      return requests.map { _ in .failure(error) }
    }
  }

  /// What was read of a session.
  private struct Opened {
    var result: Result<(SessionRecord, Page)?, StoreError>
    var hasRuns = false

    /// The page counts that was read behind the runs: what happened in between shows in its version.
    mutating func add(_ further: Result<([StoredRun], Page), StoreError>) {
      switch (result, further) {
      case (.success((var record, _)?), .success((let runs, let page))):
        record.runs = runs
        result = .success((record, page))
      case (_, .failure(let error)): result = .failure(error)
      default: break
      }
    }
  }

  /// Sessions without their runs, each with its changes or its page.
  private func read(_ requests: [PageRequest]) async throws(StoreError) -> [Opened] {
    let fresh = requests.indices.filter { requests[$0].since == nil }
    let results = try await asking { () async throws(PostgresError) in
      let reading: [(PostgresStatement, [PostgresValue])] = [
        (Statements.readSettings, []),
        (
          Statements.sessions,
          [.texts(requests.map(\.session.text)), .int8s(requests.map(\.since)), .int8s(requests.map(\.most))]
        ),
      ]
      return try await reads.transaction(
        fresh.isEmpty ? reading : reading + [(Statements.pages, Self.parameters(fresh.map { requests[$0] }))])
    }
    let (sessions, rows) = (results[1], results[1].groups(of: requests.count))
    var pages: [Int: [Int]] = [:]
    if !fresh.isEmpty {
      for (place, rows) in zip(fresh, results[2].groups(of: fresh.count)) { pages[place] = rows }
    }
    return requests.indices.map { place in
      var opened = Opened(result: .success(nil))
      guard let first = rows[place].first else { return opened }
      opened.result = Result { () throws(StoreError) in
        try decoding { () throws(PostgresError) in
          opened.hasRuns = try sessions.bool(first, 13)
          let record = try sessions.sessionRecord(first, from: 1, id: requests[place].session)
          if let rows = pages[place] { return (record, try results[2].page(requests[place], rows: rows)) }
          let changes = try sessions.page(requests[place], rows: rows[place], from: 14, version: record.version)
          return (record, changes)
        }
      }
      return opened
    }
  }

  /// The runs of sessions that have some, and behind them their pages.
  private func readRuns(
    _ requests: [PageRequest]
  ) async throws(StoreError) -> [Result<([StoredRun], Page), StoreError>] {
    let results = try await asking { () async throws(PostgresError) in
      try await reads.transaction([
        (Statements.readSettings, []),
        (Statements.runs, [.texts(requests.map(\.session.text)), .uuid(node)]),
        (Statements.pages, Self.parameters(requests)),
      ])
    }
    let (runs, pages) = (results[1].groups(of: requests.count), results[2].groups(of: requests.count))
    return requests.indices.map { place in
      Result { () throws(StoreError) in
        try decoding { () throws(PostgresError) in
          (
            try runs[place].map { row throws(PostgresError) in try results[1].run(row, from: 1) },
            try results[2].page(requests[place], rows: pages[place])
          )
        }
      }
    }
  }

  /// The parameters of `Statements.pages`.
  static func parameters(_ requests: [PageRequest]) -> [PostgresValue] {
    [
      .texts(requests.map(\.session.text)), .int8s(requests.map(\.since)), .int8s(requests.map { $0.before ?? .max }),
      .int8s(requests.map(\.most)),
    ]
  }
}

extension PageRequest {
  /// How many messages are read: one more than is wanted tells whether there are more.
  fileprivate var most: Int64 { Int64(limit + 1) }
}

extension PostgresRows {
  /// The rows of each place, where the first column is a place that SQL counts from one.
  fileprivate func groups(of count: Int) -> [[Int]] {
    var groups: [[Int]] = Array(repeating: [], count: count)
    for row in 0..<self.count {
      if let place = try? int(row, 0), groups.indices.contains(Int(place) - 1) { groups[Int(place) - 1].append(row) }
    }
    return groups
  }
}
