import HTTPWire

extension Route {
  /// The conversation over plain HTTP: what is done in a session.
  static let conversation: [Route] = [
    Route(.get, "/v1/sessions/{id}/stream", .owner) { shard, visit, values throws(Problem) in
      try shard.serve(visit, .stream, of: values["id"] ?? "")
    },
    Route(.post, "/v1/sessions/{id}/messages", .owner, content: .json) { shard, visit, values throws(Problem) in
      try shard.serve(visit, .messages, of: values["id"] ?? "")
    },
    Route(.post, "/v1/sessions/{id}/stop", .owner, content: .json) { shard, visit, values throws(Problem) in
      try shard.serve(visit, .stop, of: values["id"] ?? "")
    },
    Route(.post, "/v1/sessions/{id}/retry", .owner, content: .json) { shard, visit, values throws(Problem) in
      try shard.serve(visit, .retry, of: values["id"] ?? "")
    },
    Route(
      .post, "/v1/sessions/{id}/messages/{message}/tools/{call}", .owner, content: .json
    ) { shard, visit, values throws(Problem) in
      let call = SessionResource.call(message: values["message"] ?? "", tool: values["call"] ?? "")
      try shard.serve(visit, call, of: values["id"] ?? "")
    },
    Route(.post, "/v1/sessions/{id}/tickets", .owner) { shard, visit, values throws(Problem) in
      try shard.serve(visit, .tickets, of: values["id"] ?? "")
    },
  ]
}
