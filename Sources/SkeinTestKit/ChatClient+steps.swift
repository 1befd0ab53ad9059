package import JSONWire
import Reactor

/// What tests do over and over.
extension ChatClient {
  /// Says `hello` and takes the `welcome`.
  /// - Parameter resumes: whether to go on from the transcript's position, where it has one.
  @discardableResult
  package func hello(
    _ identity: Identity? = nil, agent: String? = nil, history: Int? = nil, resumes: Bool = false,
    ref: String? = nil
  ) async throws -> JSONValue {
    var fields: [(String, JSONValue)] = [("type", "hello")] + (identity?.fields ?? [])
    if let agent { fields.append(("agent", .string(agent))) }
    if let history { fields.append(("history", .int(Int64(history)))) }
    if let ref { fields.append(("ref", .string(ref))) }
    if resumes, let position = transcript.position { fields.append(("position", position)) }
    await send(.object(JSONObject(fields)))
    let frame = try await next()
    guard frame["type"] == "welcome" else { throw TestClientError.unexpected("\(frame) for a welcome") }
    return frame
  }

  /// Sends `message.send`, and waits for nothing.
  /// - Returns: the message's id.
  @discardableResult
  package func say(
    _ content: String, id: String = JSONValue.messageID(), whenBusy: String? = nil, ref: String? = nil
  ) async -> String {
    var fields: [(String, JSONValue)] = [
      ("type", "message.send"), ("id", .string(id)), ("content", .string(content)),
    ]
    if let whenBusy { fields.append(("when_busy", .string(whenBusy))) }
    if let ref { fields.append(("ref", .string(ref))) }
    await send(.object(JSONObject(fields)))
    return id
  }

  /// Takes frames up to the first of that type and returns it.
  @discardableResult
  package func until(_ type: String, within limit: UInt64 = TestSocket.patience) async throws -> JSONValue {
    let deadline = EventLoop.monotonicMilliseconds() + limit
    while true {
      let frame = try await next(before: deadline)
      if frame["type"]?.string == type { return frame }
    }
  }

  /// Takes frames until the transcript is as it should be.
  package func until(_ condition: (Transcript) -> Bool, within limit: UInt64 = TestSocket.patience) async throws {
    let deadline = EventLoop.monotonicMilliseconds() + limit
    while !condition(transcript) { _ = try await next(before: deadline) }
  }

  /// Asks, and takes the whole answer.
  /// - Returns: the answer.
  @discardableResult
  package func ask(_ content: String) async throws -> Transcript.Message {
    let question = await say(content)
    try await until { transcript in
      transcript.messages.contains { $0.replyTo == question && $0.status != "streaming" }
    }
    guard let answer = transcript.messages.last(where: { $0.replyTo == question }) else {
      throw TestClientError.unexpected("no answer")
    }
    return answer
  }

  /// All frames that the server sends until everything sent so far has been handled: a `ping` is sent behind it.
  package func settle() async throws -> [JSONValue] {
    let nonce = JSONValue.messageID()
    await send(["type": "ping", "nonce": .string(nonce)])
    var frames: [JSONValue] = []
    while true {
      let frame = try await next()
      if frame["nonce"]?.string == nonce { return frames }
      frames.append(frame)
    }
  }

  /// Sends a frame and takes the frame that answers it.
  package func request(_ frame: JSONValue) async throws -> JSONValue {
    await send(frame)
    return try await next()
  }

  /// - Parameter deadline: on the monotonic clock, in milliseconds.
  private func next(before deadline: UInt64) async throws -> JSONValue {
    let present = EventLoop.monotonicMilliseconds()
    guard present < deadline else { throw TestClientError.timedOut }
    do {
      return try await next(within: deadline - present)
    } catch TestClientError.timedOut {
      // What the server has refused is mostly why it says no more.
      throw lastError.map { TestClientError.unexpected("silence after \($0)") } ?? .timedOut
    }
  }

  /// Takes frames until the server closes, and answers its close.
  /// - Returns: the close code; 1006 where the connection ended without one.
  package func untilClosed(within limit: UInt64 = TestSocket.patience) async throws -> UInt16 {
    let deadline = EventLoop.monotonicMilliseconds() + limit
    do {
      while true { _ = try await next(before: deadline) }
    } catch TestClientError.closed(let code, _) {
      if code != 1006 { await sendClose(code) }
      return code
    }
  }
}
