import CPostgres
import Reactor

/// Sending requests and reading their results.
extension Connection {
  /// Sends a request behind those in flight. A script needs the connection for itself.
  func send(_ request: Request) {
    guard phase == .open else {
      return request.finish(.failure(PostgresError(.connection, "the connection to the database was lost")))
    }
    if inFlight.isEmpty { headSince = EventLoop.monotonicMilliseconds() }
    inFlight.append(request)
    if let deadline = request.deadline { expect(deadline) }
    let isSent =
      switch request.work {
      case .steps(let steps): sendSteps(steps, of: request)
      case .script(let text): sendScript(text)
      }
    if isSent { flushSoon() } else { end(PostgresError(.connection, connection: handle)) }
  }

  private func sendSteps(_ steps: [(PostgresStatement, [PostgresValue])], of request: Request) -> Bool {
    request.commands.reserveCapacity(steps.count)
    for (index, step) in steps.enumerated() {
      let (statement, values) = step
      guard let id = isPooled ? nil : statement.id else {
        request.commands.append(Request.Command(step: index, isPreparation: false))
        guard sendUnprepared(statement, values) else { return false }
        continue
      }
      while prepared.count <= id { prepared.append(nil) }
      let name: String
      if let known = prepared[id] {
        name = known
      } else {
        // A name is never used twice: a statement may have to be prepared again while the old one still exists.
        preparations += 1
        name = "s\(preparations)"
        prepared[id] = name
        request.commands.append(Request.Command(step: index, isPreparation: true))
        guard PQsendPrepare(handle, name, statement.sql, Int32(statement.types.count), statement.types) == 1
        else { return false }
      }
      request.commands.append(Request.Command(step: index, isPreparation: false))
      let sent = parameters.withEncoded(values) { count, pointers, lengths, formats in
        PQsendQueryPrepared(handle, name, count, pointers, lengths, formats, 1)
      }
      guard sent == 1 else { return false }
    }
    return postgres_pipeline_sync(handle) == 1
  }

  private func sendUnprepared(_ statement: PostgresStatement, _ values: [PostgresValue]) -> Bool {
    var types = statement.types
    while types.count < values.count { types.append(0) }
    return parameters.withEncoded(values) { count, pointers, lengths, formats in
      PQsendQueryParams(handle, statement.sql, count, types, pointers, lengths, formats, 1)
    } == 1
  }

  private func sendScript(_ text: String) -> Bool {
    PQexitPipelineMode(handle) == 1 && PQsendQuery(handle, text) == 1
  }

  /// Reads what has come and answers the requests that are complete.
  func receive() {
    let isAlive = PQconsumeInput(handle) == 1
    let before = inFlight.count
    takeResults()
    guard phase == .open else { return }
    guard isAlive else { return end(PostgresError(.connection, connection: handle)) }
    while let notification = PQnotifies(handle) {
      let received = PostgresNotification(
        channel: String(cString: notification.pointee.relname), payload: String(cString: notification.pointee.extra),
        process: notification.pointee.be_pid)
      PQfreemem(notification)
      owner?.connectionNotified(self, received)
    }
    if inFlight.count != before, phase == .open { owner?.connectionProgressed(self) }
  }

  private func takeResults() {
    var ends = 0
    while phase == .open, let head = inFlight.first, PQisBusy(handle) == 0 {
      guard let result = PQgetResult(handle) else {
        if case .script = head.work {
          guard PQenterPipelineMode(handle) == 1 else { return end(PostgresError(.connection, connection: handle)) }
          complete(head)
        } else if head.hasResult {
          head.current += 1
          head.hasResult = false
        }
        // Between two requests libpq may report an end of its own; a second one in a row means that nothing is there.
        ends += 1
        if ends > 1 { return }
        continue
      }
      ends = 0
      take(result, of: head)
    }
  }

  private func take(_ result: OpaquePointer, of request: Request) {
    let status = PQresultStatus(result)
    if status == PGRES_PIPELINE_SYNC {
      PQclear(result)
      return complete(request)
    }
    request.hasResult = true
    let command = request.current < request.commands.count ? request.commands[request.current] : nil
    switch status {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
      if command?.isPreparation == true { PQclear(result) } else { request.rows.append(PostgresRows(owning: result)) }
    case PGRES_PIPELINE_ABORTED:
      PQclear(result)
      if let command, command.isPreparation { forget(command.step, of: request) }
    case PGRES_FATAL_ERROR, PGRES_NONFATAL_ERROR, PGRES_BAD_RESPONSE:
      if request.error == nil { request.error = PostgresError(result: result, step: request.step) }
      PQclear(result)
      if let command, command.isPreparation { forget(command.step, of: request) }
    default:
      PQclear(result)
      request.error = PostgresError(.configuration, "COPY is not supported here")
      end(PostgresError(.configuration, "the connection was given up after a COPY"))
    }
  }

  private func forget(_ step: Int, of request: Request) {
    if let id = request.steps[step].0.id, id < prepared.count { prepared[id] = nil }
  }

  private func complete(_ request: Request) {
    _ = inFlight.popFirst()
    headSince = EventLoop.monotonicMilliseconds()
    if isShared, inFlight.isEmpty, PQtransactionStatus(handle) != PQTRANS_IDLE {
      request.finish(.failure(PostgresError(.configuration, "a transaction was left open: use a session for that")))
      return end(PostgresError(.configuration, "the connection was given up: a transaction was left open"))
    }
    guard let error = request.error else { return request.finish(.success(request.rows)) }
    // Nothing of it was done: the unit is all or nothing.
    if error.isStalePlan, !request.isRepeated, !request.isAnswered {
      for step in request.steps.indices { forget(step, of: request) }
      request.restart()
      return send(request)
    }
    request.finish(.failure(error))
  }
}
