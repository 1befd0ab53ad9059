import HTTPWire

extension Route {
  /// What clients ask for that were written for the systems that Skein replaces, in their own words.
  static let aliases: [Route] = [
    Route(.post, "/api/chat/{agent}/message", .page, content: .json) { shard, visit, values throws(Problem) in
      try shard.chat(visit, with: values["agent"] ?? "")
    }
  ]
}
