package import Conversation
import JSONWire
package import Postgres

/// Rows as the conversation's own values.
extension PostgresRows {
  func role(_ row: Int, _ column: Int) throws(PostgresError) -> Role {
    // Nearly all are these: a page is read faster without strings.
    if try holds("user", row, column) { return .user }
    if try holds("assistant", row, column) { return .assistant }
    return try word(row, column)
  }

  private func status(_ row: Int, _ column: Int) throws(PostgresError) -> MessageStatus {
    try holds("complete", row, column) ? .complete : try word(row, column)
  }

  /// One of a few words.
  private func word<Word: RawRepresentable<String>>(_ row: Int, _ column: Int) throws(PostgresError) -> Word {
    guard let word = Word(rawValue: try text(row, column)) else { throw unknown(column) }
    return word
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
      role: try role(row, first + 3), status: try status(row, first + 4), content: try bytes(row, first + 5),
      createdAt: try milliseconds(row, first + 6))
    // Most of the rest is NULL: `optional` would take its reader along for nothing.
    func has(_ column: Int) -> Bool { !isNull(row, first + column) }
    if has(7) { message.replyTo = try messageID(row, first + 7) }
    if has(8) { message.replacedBy = try messageID(row, first + 8) }
    if has(9) { message.reason = StopReason(rawValue: try text(row, first + 9)) }
    if has(10) {
      message.error = AnswerError(
        code: try text(row, first + 10), message: has(11) ? try text(row, first + 11) : "")
    }
    if has(12) { message.tools = try bytes(row, first + 12) }
    if has(13) { message.citations = try bytes(row, first + 13) }
    if has(14), has(15) {
      message.usage = Usage(
        inputTokens: try int(row, first + 14), outputTokens: try int(row, first + 15),
        cachedTokens: has(20) ? try int(row, first + 20) : 0, isEstimated: has(22) ? try bool(row, first + 22) : false)
    }
    if has(16) { message.processingMilliseconds = try int(row, first + 16) }
    if has(17) { message.feedback = try text(row, first + 17) }
    if has(18) { message.metadata = try bytes(row, first + 18) }
    if has(19) { message.ratedVersion = try int(row, first + 19) }
    if has(21) { message.reasoning = try bytes(row, first + 21) }
    return message
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
      let wanted = rows.prefix(request.limit)
      messages.reserveCapacity(wanted.count)
      for place in wanted.indices {
        let row = request.since == nil ? wanted[wanted.endIndex - 1 - place] : wanted[place]
        messages.append(try message(row, from: first))
      }
      if request.since != nil { messages.sort { $0.createdVersion < $1.createdVersion } }
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
