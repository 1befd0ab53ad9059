import HTTPWire

extension Route {
  /// What clients ask for that were written for the systems that Skein replaces, in their own words.
  static let aliases: [Route] = [
    Route(.post, "/api/chat/{agent}/message", .page, content: .json) { shard, visit, values throws(Problem) in
      try shard.chat(visit, with: values["agent"] ?? "")
    },
    Route(.post, "/databases/add_db_connection", .owner, content: .json) { shard, call throws(Problem) in
      try await shard.addForeignDatabase(call)
    },
    Route(.post, "/databases/connect_db/{database}", .owner) { shard, call throws(Problem) in
      try await shard.connectCurrentSession(call)
    },
    Route(.get, "/databases", .owner) { shard, call throws(Problem) in try await shard.foreignDatabases(call) },
    Route(.get, "/databases/session-status", .owner) { shard, call throws(Problem) in
      try await shard.currentConnection(call)
    },
    Route(.post, "/databases/disconnect-session", .owner) { shard, call throws(Problem) in
      try await shard.disconnectCurrentSession(call)
    },
    Route(.post, "/ask", .owner, content: .json) { shard, visit, _ throws(Problem) in try shard.ask(visit) },
    Route(.post, "/api/database/select", .page, content: .json) { shard, call throws(Problem) in
      try await shard.selectDatabase(call)
    },
    Route(.post, "/api/query", .page, content: .json) { shard, visit, _ throws(Problem) in
      try shard.chat(visit, with: BuiltInAgents.sql, ChatForm(visit.request.object(), field: "query"))
    },
  ]
}
