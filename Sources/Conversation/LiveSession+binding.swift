import JSONWire

/// From `hello` to `welcome`.
extension LiveSession {
  /// A client whose right to the session is known wants to read it.
  package func bind(_ binding: Binding) {
    // The answer that another node is making has grown since.
    if run?.isForeign ?? false { wantsNews = true }
    if versionedInJournal == 0, heldBack.isEmpty, waitingBindings.isEmpty, !wantsNews {
      startReading(binding)
    } else {
      waitingBindings.append(binding)
      takeTurns()
    }
  }

  /// The page for a binding could not be read.
  package func bindingFailed(_ binding: Binding) {
    reading -= 1
    takeTurns()
  }

  /// Welcomes a reader with the page that was read for it.
  package func bind(_ binding: Binding, with page: Page) {
    reading -= 1
    defer { takeTurns() }
    guard !binding.reader.isGone else { return }
    var binding = binding
    guard page.version == version, binding.position == nil || resumes(binding, page) else {
      // Another node has changed the session, or the client stands where it can't: a fresh page.
      if page.version > version || binding.attempts == 0 && run?.isForeign ?? false {
        wantsNews = true
      } else if page.version == version {
        binding.startAfresh()
      }
      binding.attempts += 1
      guard binding.attempts < 10 else { return act(.close(binding.reader, .overloaded)) }
      waitingBindings.append(binding)
      return
    }
    guard let frame = welcome(binding, page) else {
      binding.startAfresh()
      waitingBindings.append(binding)
      return
    }
    binding.reader.version = version
    binding.reader.isWelcomed = true
    readers.append(binding.reader)
    act(.send(binding.reader, frame))
    act(.deliver)
  }

  /// Whether the client's position can be what it says, and the page holds all that it lacks.
  private func resumes(_ binding: Binding, _ page: Page) -> Bool {
    guard let position = binding.position, position.version <= version, !page.hasMore else { return false }
    guard let streaming = position.streaming else { return true }
    if let run, run.message?.id == streaming.message {
      return streaming.offset <= run.buffer.shown && UTF8Boundary.isBoundary(run.buffer.bytes, at: streaming.offset)
    }
    guard let message = page.messages.first(where: { $0.id == streaming.message }) else { return false }
    return UTF8Boundary.isBoundary(message.content, at: streaming.offset)
  }

  /// The `welcome`, and what it leaves for the reader to be given next. Nil where a resume does not fit into a frame.
  private func welcome(_ binding: Binding, _ page: Page) -> [UInt8]? {
    let reader = binding.reader
    let resumed = binding.position != nil
    let streaming = run?.message
    let isExtra = streaming.map { answer in !page.messages.contains { $0.id == answer.id } } ?? false

    let oldest = page.messages.first
    var cursor = page.hasMore ? HistoryCursor(createdVersion: oldest?.createdVersion ?? version + 1) : nil
    var frame = ServerFrame.begin("welcome", ref: binding.ref, reserving: 1024)
    writeHead(&frame, binding, resumed: resumed)
    // What the cursor, the brackets and the frame's end take at most.
    var pile = MessagePile(room: limits.frameBytes - frame.bytes.count - 96, expecting: page.messages.count + 1)

    reader.forgetTails()
    reader.streaming = run?.message == nil ? nil : run?.buffer
    reader.offset = 0
    let streamed = binding.position?.streaming
    if let streaming, let buffer = run?.buffer {
      let bytes = buffer.bytes
      // Half the frame at most: the rest follows as deltas anyway.
      reader.offset = pile.begin(
        streaming, bytes.span.bytes.extracting(0..<buffer.shown),
        from: streamed?.message == streaming.id ? streamed?.offset ?? 0 : 0, most: pile.room / 2)
    }
    var isLatest = streaming == nil || isExtra
    for message in page.messages.reversed() where message.id != streaming?.id {
      defer { isLatest = false }
      if pile.add(message, from: streamed?.message == message.id ? streamed?.offset ?? 0 : 0) { continue }
      if resumed { return nil }
      guard isLatest, pile.isEmpty || pile.hasRoom(toBegin: message) else {
        cursor = HistoryCursor(createdVersion: message.createdVersion + 1)
        break
      }
      // Not even the latest message fits: it is begun here, and its rest follows.
      reader.owe(message, from: pile.begin(message, message.content.span.bytes))
    }
    if !resumed {
      frame.key("before")
      frame.nullable(cursor?.text)
    }
    frame.key("messages")
    pile.write(to: &frame)
    frame.endObject()
    return frame.bytes
  }

  private func writeHead(_ json: inout JSONWriter, _ binding: Binding, resumed: Bool) {
    json.key("protocol")
    json.int(1)
    json.key("session")
    json.string(id.text)
    json.optional("token", binding.token)
    json.key("created")
    json.bool(binding.created)
    json.key("resumed")
    json.bool(resumed)
    json.key("version")
    json.int(version)
    json.key("title")
    json.nullable(title)
    json.key("context")
    context.object.write(to: &json)
    json.key("agent")
    json.agent(agent)
    json.key("run")
    json.run(run, waiting: waiting.count + elsewhere.count)
    json.key("heartbeat_ms")
    json.int(limits.heartbeatMilliseconds)
    json.key("limits")
    json.limits(limits)
  }
}
