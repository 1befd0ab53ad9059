package import Conversation
package import Databases

/// Answers from the database that a conversation is connected to, without a model: SQL as it is typed, and the plain
/// questions that `PlainQuestion` can put into SQL by the names of tables and columns. It says which SQL it has
/// understood, and says so where it has understood none.
package struct SQLAgent: Agent {
  /// The database that a session is connected to; nil for none.
  package typealias Lookup = @Sendable (SessionID) async throws -> DatabaseDesk.Access?

  private let desk: DatabaseDesk
  private let lookup: Lookup

  package init(desk: DatabaseDesk, lookup: @escaping Lookup) {
    self.desk = desk
    self.lookup = lookup
  }

  package func answer(_ request: AgentRequest, into answer: any Answer) async throws {
    guard let access = try await lookup(request.session) else {
      return try await answer.write(
        "This conversation is not connected to a database. Connect it to one of yours, and ask again.")
    }
    do throws(DatabaseError) {
      let text = request.question.trimmed
      if PlainQuestion.looksLikeSQL(text) {
        try await show(text, for: request, access, into: answer)
      } else {
        let schema = try await desk.schema(for: request.session.text, access)
        switch PlainQuestion.understand(text, schema) {
        case .sql(let sql, let meaning): try await show(sql, meaning, for: request, access, into: answer)
        case .unknownTable: try await say(Self.unknown(schema), into: answer)
        case .nothing: try await say(Self.help(schema), into: answer)
        }
      }
    } catch {
      if Task.isCancelled { throw CancellationError() }
      // What the database or the judge says of a statement is an answer; that it can't be asked is a failure.
      guard error.code == .refused || error.code == .failed || error.code == .timeout else {
        throw AgentError(error.message)
      }
      try await answer.write(error.message)
    }
  }

  /// Runs a statement, and writes what it has given back.
  /// - Parameter meaning: what was understood, in words.
  private func show(
    _ sql: String, _ meaning: String? = nil, for request: AgentRequest, _ access: DatabaseDesk.Access,
    into answer: any Answer
  ) async throws(DatabaseError) {
    var call = ToolCall(id: "sql-1", name: "sql", title: "Asks the database", status: .running)
    await answer.note(call)
    let start = answer.now
    if let meaning { try await say("\(meaning):\n\n\(SQLResult.block(sql))\n\n", into: answer) }
    do throws(DatabaseError) {
      let result = try await desk.run(sql, for: request.session.text, access)
      call.status = .done
      call.durationMilliseconds = result.durationMilliseconds
      call.result = result.kept(atMost: desk.limits.storedBytes)
      await answer.note(call)
      let shown = result.markdown()
      try await say(meaning == nil ? "\(shown)\n\n\(SQLResult.block(result.sql))" : shown, into: answer)
    } catch {
      call.status = .failed
      call.durationMilliseconds = Int64(answer.now - start)
      await answer.note(call)
      throw error
    }
  }

  private func say(_ text: String, into answer: any Answer) async throws(DatabaseError) {
    // Writing fails where the answer is over: that it was stopped is all there is to know.
    do { try await answer.write(text) } catch { throw DatabaseError(.unreachable, "The answer was stopped.") }
  }

  private static func unknown(_ schema: DatabaseSchema) -> String {
    "I don't see which table you mean.\n\n" + help(schema)
  }

  private static func help(_ schema: DatabaseSchema) -> String {
    let names = schema.tables.prefix(20).map { "`\($0.reference.replacing("`", with: "'"))`" }
    let tables =
      names.isEmpty
      ? "There is no table that I may read."
      : "There " + (names.count == 1 ? "is the table " : "are the tables ") + names.joined(separator: ", ")
        + (schema.tables.count > names.count ? ", and \(schema.tables.count - names.count) more." : ".")
    return """
      I answer SQL, and plain questions such as: show tables; columns of X; rows of X; how many X; X where COLUMN is \
      VALUE; X by COLUMN; newest X; largest X by COLUMN; total COLUMN of X. I did not understand this one.

      \(tables)
      """
  }
}

extension String {
  fileprivate var trimmed: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
