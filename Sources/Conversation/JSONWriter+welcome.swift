import JSONWire

/// The parts of `welcome`.
extension JSONWriter {
  mutating func agent(_ agent: AgentProfile) {
    beginObject()
    key("slug")
    string(agent.slug)
    key("name")
    string(agent.name)
    key("greeting")
    string(agent.greeting)
    key("suggestions")
    beginArray()
    for suggestion in agent.suggestions { string(suggestion) }
    endArray()
    endObject()
  }

  mutating func run(_ run: Run?, waiting: Int) {
    guard let run else { return null() }
    beginObject()
    key("message")
    nullable(run.message?.id)
    key("status")
    string(run.isStopping ? "stopping" : run.message == nil ? "queued" : "streaming")
    key("queued")
    int(waiting)
    endObject()
  }

  mutating func limits(_ limits: Limits) {
    beginObject()
    key("message_bytes")
    int(limits.messageBytes)
    key("frame_bytes")
    int(limits.frameBytes)
    key("messages_per_minute")
    if let messages = limits.messagesPerMinute { int(messages) } else { null() }
    endObject()
  }
}
