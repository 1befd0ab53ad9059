package import Conversation
import JSONWire
package import Postgres

/// Rows as the conversation's own values.
extension PostgresRows {
  func role(_ row: Int, _ column: Int) throws(PostgresError) -> Role { try word(row, column) }

  /// One of a few words, found by its bytes: a page has two in each message.
  private func word<Word: RawRepresentable<String> & CaseIterable>(
    _ row: Int, _ column: Int
  ) throws(PostgresError) -> Word {
    let word = try withBytes(row, column) { bytes in
      Word.allCases.first { $0.rawValue.utf8.count == bytes.count && $0.rawValue.utf8.elementsEqual(bytes) }
    }
    guard let word else { throw unknown(column) }
    return word
  }

  /// JSON that may be missing.
  private func json(_ row: Int, _ column: Int) throws(PostgresError) -> [UInt8] {
    try optional(row, column, bytes) ?? []
  }

  func messageID(_ row: Int, _ column: Int) throws(PostgresError) -> MessageID {
    MessageID(try uuid(row, column))
  }

  func milliseconds(_ row: Int, _ column: Int) throws(PostgresError) -> Int64 {
    try timestamp(row, column) / 1000
  }

  /// The columns of `Statements.messageColumns`, from `first` on.
  package func message(_ row: Int, from first: Int) throws(PostgresError) -> Message {
    var message = Message(
      id: try messageID(row, first), version: try int(row, first + 1), createdVersion: try int(row, first + 2),
      role: try role(row, first + 3), status: try word(row, first + 4), content: try bytes(row, first + 5),
      createdAt: try milliseconds(row, first + 6))
    message.replyTo = try optional(row, first + 7, messageID)
    message.replacedBy = try optional(row, first + 8, messageID)
    message.reason = try optional(row, first + 9, text).flatMap(StopReason.init(rawValue:))
    if let code = try optional(row, first + 10, text) {
      message.error = AnswerError(code: code, message: try optional(row, first + 11, text) ?? "")
    }
    message.tools = try json(row, first + 12)
    message.citations = try json(row, first + 13)
    if let input = try optional(row, first + 14, int), let output = try optional(row, first + 15, int) {
      message.usage = Usage(
        inputTokens: input, outputTokens: output, cachedTokens: try optional(row, first + 20, int) ?? 0,
        cost: try cost(row, first + 21))
    }
    message.processingMilliseconds = try optional(row, first + 16, int)
    message.feedback = try optional(row, first + 17, text)
    message.metadata = try json(row, first + 18)
    message.ratedVersion = try optional(row, first + 19, int)
    message.reasoning = try json(row, first + 23)
    return message
  }

  /// The columns of an amount and its currency.
  private func cost(_ row: Int, _ first: Int) throws(PostgresError) -> Cost? {
    guard let picos = try optional(row, first, int), let currency = try optional(row, first + 1, text) else {
      return nil
    }
    return Cost(picos: picos, currency: currency)
  }

  /// A page from its rows of `Statements.pages`.
  func page(_ request: PageRequest, rows: [Int]) throws(PostgresError) -> Page {
    guard let first = rows.first else { return Page(messages: [], hasMore: false, version: 0) }
    return try page(request, rows: rows, from: 2, version: try int(first, 1))
  }

  /// A page from rows with a message each, or none, from column `first` on: newest first, or in the order of changes.
  func page(_ request: PageRequest, rows: [Int], from first: Int, version: Int64) throws(PostgresError) -> Page {
    var messages: [Message] = []
    let isEmpty = rows.count == 1 && isNull(rows[0], first)
    if !isEmpty {
      messages.reserveCapacity(min(rows.count, request.limit))
      for row in rows.prefix(request.limit) { messages.append(try message(row, from: first)) }
      if request.since == nil { messages.reverse() } else { messages.sort { $0.createdVersion < $1.createdVersion } }
    }
    return Page(messages: messages, hasMore: !isEmpty && rows.count > request.limit, version: version)
  }

  /// A row of `Statements.sessions`, from column `first` on.
  func sessionRecord(_ row: Int, from first: Int, id: SessionID) throws(PostgresError) -> SessionRecord {
    var record = SessionRecord(
      id: id, key: SessionKey(rawValue: try int(row, first)), site: try int(row, first + 1),
      owner: try bytes(row, first + 2), agent: try int(row, first + 6), version: try int(row, first + 3),
      title: try optional(row, first + 4, text), context: try object(row, first + 5),
      lastUpdate: try optional(row, first + 7, messageID))
    record.description = try optional(row, first + 8, text)
    record.metadata = try object(row, first + 9)
    (record.isTitleSet, record.isDeleted) = (try bool(row, first + 10), try bool(row, first + 11))
    return record
  }

  /// JSON that is an object. An empty one may be left out, as most are.
  private func object(_ row: Int, _ column: Int) throws(PostgresError) -> SessionContext {
    guard let json = try optional(row, column, bytes) else { return SessionContext() }
    guard case .object(let object)? = try? JSONValue(parsing: json) else { throw unknown(column) }
    return SessionContext(object)
  }

  /// The rows of `Statements.news`.
  func news(_ request: NewsRequest) throws(PostgresError) -> SessionNews {
    var news = SessionNews(
      version: try int(0, 0), title: try optional(0, 1, text), lastUpdate: try optional(0, 3, messageID))
    news.description = try optional(0, 4, text)
    news.isTitleSet = try bool(0, 6)
    for row in 0..<count {
      switch try text(row, 7) {
      case "run": news.runs.append(try run(row, from: 8))
      case "message": news.messages.append(try message(row, from: 16))
      default:
        (news.context, news.metadata) = (try object(row, 2), try object(row, 5))
        news.owner = try bytes(row, 16 + Statements.messageColumnCount)
        if let answer = request.answer {
          news.tail = SessionNews.Tail(answer: answer, offset: request.offset, bytes: try bytes(row, 9))
        }
      }
    }
    news.messages.sort { $0.createdVersion < $1.createdVersion }
    if news.messages.count > NewsRequest.mostMessages {
      news.messages.removeLast()
      news.hasMore = true
    }
    news.runs.sort { ($0.answerID == nil ? 1 : 0, $0.question.place) < ($1.answerID == nil ? 1 : 0, $1.question.place) }
    return news
  }

  /// A row of `Statements.agents`.
  func agentProfile(_ row: Int) throws(PostgresError) -> AgentProfile {
    AgentProfile(
      id: try int(row, 0), slug: try text(row, 1), name: try text(row, 3), greeting: try text(row, 4),
      suggestions: try texts(row, 5).compactMap { $0 })
  }

  /// The columns of `Statements.runs`, from `first` on.
  func run(_ row: Int, from first: Int = 0) throws(PostgresError) -> StoredRun {
    StoredRun(
      question: Question(
        id: try messageID(row, first), content: try bytes(row, first + 1), place: try int(row, first + 2)),
      answer: isNull(row, first + 8) ? nil : try message(row, from: first + 8),
      answerID: try optional(row, first + 5, messageID), stopping: try bool(row, first + 3),
      isMine: try bool(row, first + 4), takeovers: try int(row, first + 6),
      durability: try bool(row, first + 7) ? .relaxed : .commit)
  }

  /// What became of a retry: verdict, version, created_at, the question's id and content.
  func retryOutcome(_ row: Int) throws(PostgresError) -> Outcome {
    let verdict = try text(row, 1)
    if verdict == "busy" { return .refused }
    if let denial = Outcome.Denial(rawValue: verdict) { return .denied(denial) }
    guard verdict == "begun" || verdict == "duplicate" else { throw unknown(1) }
    let question = Question(id: try messageID(row, 4), content: try bytes(row, 5))
    return .retried(
      Outcome.Retried(
        version: try int(row, 2), createdAt: try milliseconds(row, 3), question: question,
        isDuplicate: verdict == "duplicate"))
  }

  /// What became of a rating: verdict, version.
  func ratingOutcome(_ row: Int) throws(PostgresError) -> Outcome {
    let verdict = try text(row, 1)
    if let denial = Outcome.Denial(rawValue: verdict) { return .denied(denial) }
    guard verdict == "rated" else { throw unknown(1) }
    return .committed(version: try int(row, 2), createdAt: 0)
  }

  /// What became of a decision: outcome, version, call, verdict.
  func decisionOutcome(_ row: Int) throws(PostgresError) -> Outcome {
    let outcome = try text(row, 1)
    if let denial = Outcome.Denial(rawValue: outcome) { return .denied(denial) }
    guard outcome == "fresh" || outcome == "known" else { throw unknown(1) }
    guard let verdict = ToolVerdict(rawValue: try text(row, 4)) else { throw unknown(4) }
    return .decided(
      Outcome.Decided(
        version: try int(row, 2), tool: try bytes(row, 3), verdict: verdict, isDuplicate: outcome == "known"))
  }

  private func unknown(_ column: Int) -> PostgresError {
    PostgresError(.decoding, "column \(name(column)) holds a value that this version does not know")
  }
}
