/// What takes requests: the pool, or a session's own connection.
protocol RequestTarget: AnyObject {
  func submit(_ request: Request)
}

extension ConnectionPool: RequestTarget {}

extension RequestTarget {
  /// Suspends the caller, who is on the loop, until the request is answered.
  /// - Parameter limit: in milliseconds; 0 sets none.
  func perform(_ work: Request.Work, limit: UInt64) async throws(PostgresError) -> [PostgresRows] {
    if case .steps(let steps) = work, let step = steps.firstIndex(where: { $0.1.count > Int(UInt16.max) }) {
      var error = PostgresError(.configuration, "a statement takes at most 65,535 parameters")
      error.step = step
      throw error
    }
    let answer = await withCheckedContinuation { submit(Request(work, limit: limit, answer: $0)) }
    return try answer.get()
  }

  func query(
    _ statement: PostgresStatement, _ parameters: [PostgresValue], limit: UInt64
  ) async throws(PostgresError) -> PostgresRows {
    do throws(PostgresError) {
      let results = try await perform(.steps([(statement, parameters)]), limit: limit)
      guard let rows = results.first else { throw PostgresError(.decoding, "the statement returned nothing") }
      return rows
    } catch {
      var error = error
      error.step = nil
      throw error
    }
  }
}
