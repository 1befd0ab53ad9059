import Conversation
import Glibc
import HTTPClient
import HTTPWire
import JSONWire
import Redaction

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
  /// How many tokens the question is, as they are estimated; nil: what the service does not count is not known.
  var questionTokens: Int64?
  /// What tokens cost; nil: nobody knows.
  var prices: ModelPrices?
  /// How many bytes persons are shown of what it thinks.
  var reasoningBytes = 0
  /// What of the service's words nobody is told, asked for with each try.
  let redaction: () -> Redaction
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
    /// How many bytes persons may still be shown of what it thinks.
    var reasoningBytes = 0
  }

  private struct Progress {
    var said = Said()
    var isDone = false
    var end: ModelEnd?
    /// Calls that have begun, and when.
    var tools: [String: (call: ToolCall, begunAt: UInt64)] = [:]
    /// What is to be dropped of the text that comes next.
    var tail: Substring
    /// What it has thought, as far as persons are shown that.
    var reasoning: ShownReasoning
    /// Whether they were shown some before its text or its calls.
    var hasShown = false
    /// Whether the service has taken the question.
    var isTaken = false
    var tally: TokenTally
    let redaction: Redaction
    /// The text, and what it has thought, without secrets.
    var cleanText: RedactedStream
    var cleanReasoning: RedactedStream

    var hasText: Bool { !said.text.isEmpty }
  }

  /// Asks, and writes what is answered.
  @discardableResult
  func run(into answer: any Answer) async throws -> Said {
    var (plan, counted) = (RetryPlan(retries: retries), counted)
    while true {
      let redaction = redaction()
      var progress = Progress(
        tail: tail, reasoning: ShownReasoning(left: reasoningBytes),
        tally: TokenTally(before: counted, question: questionTokens, prices: prices), redaction: redaction,
        cleanText: RedactedStream(redaction), cleanReasoning: RedactedStream(redaction))
      // From now on, whoever stops it: what the service does with a question it is asked is its own matter.
      if questionTokens != nil { await answer.report(progress.tally.usage) }
      do {
        try await attempt(into: answer, &progress)
        try conclude(progress)
        await show(&progress, in: answer)
        progress.said.usage = progress.tally.usage
        progress.said.reasoningBytes = progress.reasoning.left
        return progress.said
      } catch let failure as ModelFailure {
        let isSpent = progress.tally.hasBegun || progress.isTaken && [.cut, .timedOut].contains(failure.kind)
        if isSpent { counted = progress.tally.usage }
        await answer.report(counted)
        guard !progress.hasText, let pause = plan.pause(after: failure, chance: .random(in: 0...1)) else {
          // It refuses to go on with what was begun.
          if isTakenOver, !progress.hasText, failure.kind == .refusedRequest { throw CannotContinue() }
          await show(&progress, in: answer)
          throw AgentError(failure.sentence(of: subject), detail: failure.summary(by: redaction))
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
      try await write(progress.cleanText.finish(), into: answer, &progress)
      throw ModelFailure(error)
    }
  }

  private func receive(
    _ reply: HTTPClientAnswer, into answer: any Answer, _ progress: inout Progress
  ) async throws {
    guard (200..<300).contains(reply.head.status) else { throw try await refusal(reply) }
    progress.isTaken = true
    var reader = reader(reply.head.mediaType)
    while !progress.isDone {
      guard let bytes = try await reply.next() else {
        try await take(reader.finish(), into: answer, &progress)
        return try await write(progress.cleanText.finish(), into: answer, &progress)
      }
      try await take(reader.read(bytes), into: answer, &progress)
    }
    try await write(progress.cleanText.finish(), into: answer, &progress)
    await reply.leave()
  }

  /// Shows persons what was thought and is not shown yet.
  private func show(_ progress: inout Progress, in answer: any Answer) async {
    progress.reasoning.take(progress.cleanReasoning.finish())
    guard let thought = progress.reasoning.give() else { return }
    progress.hasShown = true
    await answer.think(thought.text, isCut: thought.isCut)
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
    let tally = progress.tally
    for event in events where failure == nil && !progress.isDone {
      switch event {
      case .text(let piece):
        progress.tally.take(piece)
        text += progress.cleanText.take(piece)
        // Once before it says something, and the rest at its end: each costs a commit.
        if !progress.hasShown { await show(&progress, in: answer) }
      case .reasoning(let piece):
        progress.tally.take(piece)
        progress.reasoning.take(progress.cleanReasoning.take(piece))
        await answer.showLife()
      case .asking: await answer.showLife()
      case .thought(let thought): progress.said.thoughts.append(thought)
      case .call(var call):
        progress.tally.take(call.name + call.arguments)
        (call.name, call.arguments) = (progress.redaction.clean(call.name), progress.redaction.clean(call.arguments))
        progress.said.calls.append(call)
      case .usage(let usage): progress.tally.count(usage)
      case .end(let end): progress.end = end
      case .failure(let reason): failure = reason
      case .done: progress.isDone = true
      case .tool(let id, let name):
        let (id, name) = (progress.redaction.clean(id), progress.redaction.clean(name))
        let call = ToolCall(id: id, name: name, title: name, status: .running)
        progress.tools[id] = (call, answer.now)
        await answer.note(call)
      case .toolEnded(let id):
        guard let begun = progress.tools.removeValue(forKey: progress.redaction.clean(id)) else { continue }
        var call = begun.call
        (call.status, call.durationMilliseconds) = (.done, Int64(answer.now - begun.begunAt))
        await answer.note(call)
      }
    }
    if progress.tally != tally { await answer.report(progress.tally.usage) }
    if failure != nil { text += progress.cleanText.finish() }
    try await write(text, into: answer, &progress)
    if let failure { throw failure }
  }

  private func write(_ text: String, into answer: any Answer, _ progress: inout Progress) async throws {
    var text = text
    while let next = progress.tail.first, !text.isEmpty {
      if text.first != next { progress.tail = "" } else { text.removeFirst(); progress.tail.removeFirst() }
    }
    guard !text.isEmpty else { return }
    try await answer.write(progress.hasText ? text : lead + text)
    progress.said.text += text
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
