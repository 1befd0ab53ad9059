import Conversation
import Glibc
import HTTPClient
import HTTPWire
import JSONWire

/// One question to a service, with as many tries as it takes: the answer is written as it comes, and what goes wrong is
/// told in one sentence.
struct ServiceCall {
  let clients: HTTPClients
  let retries: Int
  /// Who answers, in sentences for persons.
  var subject = "model"
  /// The answer's beginning, where the service goes on with it.
  var begun = ""
  /// White space at the end of what was begun, which the service may write again.
  var tail: Substring = ""
  /// Whether it is asked in the place of a server that is gone: one that refuses to go on from there is not at fault.
  var isTakenOver = false
  /// What goes before the first text, where there is any.
  var lead = ""
  /// Whether it need not say anything.
  var mayBeSilent = false
  /// What was counted of the answer before.
  var counted: Usage?
  let request: () throws(ModelFailure) -> HTTPClientRequest
  /// - Parameter media: of the answer, in lower case.
  let reader: (_ media: String) -> any AnswerReader

  /// What has come of an answer.
  struct Said {
    var text = ""
    var thoughts: [JSONValue] = []
    /// What it wants done before it goes on.
    var calls: [ModelCall] = []
    /// What was counted of the answer until now.
    var usage: Usage?
  }

  private struct Progress {
    var said = Said()
    var isDone = false
    var end: ModelEnd?
    /// Calls that have begun, and when.
    var tools: [String: (call: ToolCall, begunAt: UInt64)] = [:]
    /// What is to be dropped of the text that comes next.
    var tail: Substring

    var hasText: Bool { !said.text.isEmpty }
  }

  /// Asks, and writes what is answered.
  @discardableResult
  func run(into answer: any Answer) async throws -> Said {
    var plan = RetryPlan(retries: retries)
    while true {
      var progress = Progress(tail: tail)
      progress.said.usage = counted
      do {
        try await attempt(into: answer, &progress)
        try conclude(progress)
        return progress.said
      } catch let failure as ModelFailure {
        guard !progress.hasText, let pause = plan.pause(after: failure, chance: .random(in: 0...1)) else {
          if isTakenOver, !progress.hasText, failure.kind == .refusedRequest { throw CannotContinue() }
          throw AgentError(failure.sentence(of: subject), detail: "\(failure.kind) \(failure.detail)")
        }
        try await answer.pause(until: answer.now + pause)
      }
    }
  }

  private func attempt(into answer: any Answer, _ progress: inout Progress) async throws {
    let request = try request()
    do {
      try await clients.here.send(request) { reply in try await receive(reply, into: answer, &progress) }
    } catch let error as HTTPClientError {
      throw ModelFailure(error)
    }
  }

  private func receive(
    _ reply: HTTPClientAnswer, into answer: any Answer, _ progress: inout Progress
  ) async throws {
    guard (200..<300).contains(reply.head.status) else { throw try await refusal(reply) }
    var reader = reader(reply.head.mediaType)
    while !progress.isDone {
      guard let bytes = try await reply.next() else {
        return try await take(reader.finish(), into: answer, &progress)
      }
      try await take(reader.read(bytes), into: answer, &progress)
    }
    await reply.leave()
  }

  private func refusal(_ reply: HTTPClientAnswer) async throws -> ModelFailure {
    var content: [UInt8] = []
    while content.count < 64 * 1024, let piece = try await reply.next() { content += piece }
    return ModelFailure(
      status: reply.head.status, content: content, retryAfter: RetryAfter.milliseconds(of: reply.head))
  }

  /// Writes what came at once in one piece.
  private func take(_ events: [ModelEvent], into answer: any Answer, _ progress: inout Progress) async throws {
    var text = ""
    var failure: ModelFailure?
    for event in events where failure == nil && !progress.isDone {
      switch event {
      case .text(let piece): text += piece
      case .reasoning, .asking: await answer.showLife()
      case .thought(let thought): progress.said.thoughts.append(thought)
      case .call(let call): progress.said.calls.append(call)
      case .usage(let usage):
        let sum = Usage(
          inputTokens: (counted?.inputTokens ?? 0) + usage.inputTokens,
          outputTokens: (counted?.outputTokens ?? 0) + usage.outputTokens)
        progress.said.usage = sum
        await answer.report(sum)
      case .end(let end): progress.end = end
      case .failure(let reason): failure = reason
      case .done: progress.isDone = true
      case .tool(let id, let name):
        let call = ToolCall(id: id, name: name, title: name, status: .running)
        progress.tools[id] = (call, answer.now)
        await answer.note(call)
      case .toolEnded(let id):
        guard let begun = progress.tools.removeValue(forKey: id) else { continue }
        var call = begun.call
        (call.status, call.durationMilliseconds) = (.done, Int64(answer.now - begun.begunAt))
        await answer.note(call)
      }
    }
    while let next = progress.tail.first, !text.isEmpty {
      if text.first != next { progress.tail = "" } else { text.removeFirst(); progress.tail.removeFirst() }
    }
    if !text.isEmpty {
      if !progress.hasText { try await answer.write(lead + text) } else { try await answer.write(text) }
      progress.said.text += text
    }
    if let failure { throw failure }
  }

  /// The stream has ended: whether the answer has, too.
  private func conclude(_ progress: Progress) throws {
    let failure: ModelFailure.Kind? =
      switch progress.end {
      case .filter: .filtered
      case nil where !progress.isDone: .cut
      default:
        progress.hasText || !begun.isEmpty || mayBeSilent || !progress.said.calls.isEmpty ? nil : .silent
      }
    if let failure { throw ModelFailure(failure) }
  }
}

extension ModelFailure {
  init(_ error: HTTPClientError) {
    let kind: Kind =
      switch error.code {
      case .badURL: .notFound
      case .unreachable, .refusedAddress, .closed: .unreachable
      case .untrusted: .untrusted
      case .timedOut: .timedOut
      case .cut: .cut
      case .tooLarge, .malformed: .garbled
      }
    self.init(kind, error.detail)
  }
}

/// How long a service asks to wait (RFC 9110 section 10.2.3).
enum RetryAfter {
  /// As an answer's head says; nil where it says nothing.
  static func milliseconds(of head: HTTPClientHead) -> UInt64? {
    head["retry-after"].flatMap { milliseconds($0, now: Int64(time(nil))) }
  }

  /// - Parameter now: in seconds since 1970.
  static func milliseconds(_ text: String, now: Int64) -> UInt64? {
    if let seconds = Double(text), seconds >= 0, seconds < 1e6 { return UInt64(seconds * 1000) }
    return HTTPDate.parse(text).map { UInt64(max(0, $0 - now)) * 1000 }
  }
}
