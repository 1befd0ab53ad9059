import Conversation
import Databases
import JSONWire

/// What a model may do with the database that the conversation is connected to: read what there is, and ask. A statement
/// passes the same gates as one that a person has typed; what the database says of it the model is told, so that it can
/// do better.
struct SQLTool: Tool {
  enum Work: Sendable {
    case schema, query
  }

  let work: Work
  /// How much of a result persons are shown, in bytes.
  private static let mostShown = 7 * 1024
  private let desk: DatabaseDesk?
  private let lookup: SQLAgent.Lookup?

  static func all(_ resources: AgentResources) -> [any Tool] {
    [Work.schema, .query].map { SQLTool(work: $0, desk: resources.desk, lookup: resources.lookup) }
  }

  var description: ToolDescription {
    var description: ToolDescription
    switch work {
    case .schema:
      description = ToolDescription(
        name: "sql_schema", title: "Reads what is in the database",
        purpose: """
          Tells what kind of database the person has connected (PostgreSQL, MySQL, MariaDB or TiDB), its tables and \
          columns, with types, keys and comments. Call it before the first query.
          """,
        arguments: [
          "table": [
            "type": "string", "description": "A part of tables' names, for those alone; all where it is left out.",
          ]
        ])
    case .query:
      description = ToolDescription(
        name: "sql_query", title: "Asks the database",
        purpose: """
          Runs one SQL statement that only reads, in the dialect of the database that sql_schema tells of, and gives \
          its rows as JSON. Rows and bytes are limited: count and group in SQL rather than reading everything. When it \
          is refused, mend it and ask again.
          """,
        arguments: ["sql": ["type": "string", "minLength": 1, "description": "One SELECT statement."]],
        required: ["sql"])
    }
    // A conversation has one connection, and what it is asked only reads.
    (description.isSerial, description.mayRepeat) = (true, true)
    return description
  }

  func call(_ arguments: JSONObject, for request: AgentRequest) async throws -> ToolResult {
    guard let desk, let lookup else { throw ToolError("Databases are not available here.") }
    guard let access = try await lookup(request.session) else {
      throw ToolError("This conversation is not connected to a database. The person can connect it to one of theirs.")
    }
    do throws(DatabaseError) {
      switch work {
      case .schema:
        let schema = try await desk.schema(for: request.session.text, access)
        return ToolResult(schema.text(of: arguments["table"]?.string))
      case .query:
        let result = try await desk.run(arguments["sql"]?.string ?? "", for: request.session.text, access)
        var json = JSONWriter()
        result.write(to: &json)
        return ToolResult(
          String(decoding: json.bytes, as: UTF8.self), shown: result.kept(atMost: Self.mostShown) ?? result.summary)
      }
    } catch {
      throw ToolError(error.message)
    }
  }
}

extension SQLResult {
  /// What persons are shown: the statement, and how much it has found.
  fileprivate var summary: JSONValue {
    [
      "sql": .string(sql), "row_count": .int(Int64(rows.count)), "truncated": .bool(isTruncated),
      "duration_ms": .int(durationMilliseconds),
    ]
  }
}

extension DatabaseSchema {
  /// A line for each table, and one for each column.
  /// - Parameter part: of tables' names; nil for all.
  fileprivate func text(of part: String?) -> String {
    let part = part?.lowercased() ?? ""
    let found = tables.filter { part.isEmpty || $0.reference.lowercased().contains(part) }
    guard !found.isEmpty else {
      let names = tables.prefix(100).map(\.reference).joined(separator: ", ")
      return tables.isEmpty ? "There is no table that may be read." : "There is no such table. There are: \(names)"
    }
    return "The database is a \(engine.title).\n"
      + found.map { table in
        var lines = [table.isView ? "view \(table.reference)" : "table \(table.reference)"]
        if let rows = table.rows { lines[0] += ", about \(rows) rows" }
        if let comment = table.comment { lines[0] += ": \(comment)" }
        for column in table.columns {
          var line = "  \(SQLName.quoted(column.name, for: engine)) \(column.type)"
          if column.isKey { line += ", key" }
          if !column.isOptional, !column.isKey { line += ", not null" }
          if let reference = column.reference { line += ", refers to \(reference)" }
          if let comment = column.comment { line += ": \(comment)" }
          lines.append(line)
        }
        for row in table.samples {
          lines.append("  sample: " + row.map { $0 ?? "NULL" }.joined(separator: " | "))
        }
        return lines.joined(separator: "\n")
      }.joined(separator: "\n")
  }
}
