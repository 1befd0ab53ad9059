import Conversation
import SeededRandom
import Synchronization
import Testing

@testable import Agents

/// What a model is told of a long conversation.
@Suite struct RecollectionTests {
  /// Keeps a summary in memory.
  private final class Keeper: SummaryKeeper {
    private let kept = Mutex(Summary?.none)
    var summary: Summary? { kept.withLock { $0 } }

    func load() async throws -> Summary? { summary }
    func keep(_ summary: Summary) async throws { kept.withLock { $0 = summary } }
  }

  private struct Trouble: Error {}

  /// A conversation of so many questions and answers, each of them about `tokens` long.
  private func turns(_ count: Int, tokens: Int = 100) -> [Turn] {
    (1...count).map { number in
      let words = String(repeating: "x", count: (tokens - 4) * 3 - 10)
      return Turn(role: number % 2 == 1 ? .user : .assistant, text: "turn \(number) \(words)", place: Int64(number * 3))
    }
  }

  private func request(_ turns: [Turn], _ keeper: Keeper?) throws -> AgentRequest {
    let session = try #require(SessionID("session_of_a_test"))
    var request = AgentRequest(session: session, question: "And now?", context: []) { Array(turns.suffix($0)) }
    request.summaries = keeper
    return request
  }

  @Test func whatFitsIsToldAsItIs() async throws {
    let (turns, keeper) = (turns(10), Keeper())
    let memory = try await Recollection(try request(turns, keeper), budget: 2000) { _, _ in throw Trouble() }
    #expect(memory.turns == turns && memory.summary.isEmpty && keeper.summary == nil)
    let none = try await Recollection(try request(turns, keeper), budget: 0) { _, _ in throw Trouble() }
    #expect(none.turns.isEmpty && none.summary.isEmpty)
  }

  @Test func whatDoesNotIsSummarisedOnce() async throws {
    let keeper = Keeper()
    let asked = Mutex([(before: String, turns: [Turn])]())
    func recall(_ turns: [Turn]) async throws -> Recollection {
      try await Recollection(try request(turns, keeper), budget: 1000) { before, turns in
        asked.withLock { $0.append((before, turns)) }
        return "summary \(turns.last?.place ?? 0)"
      }
    }
    var told: [Recollection] = []
    for count in stride(from: 2, through: 60, by: 2) { told.append(try await recall(turns(count))) }
    let all = turns(60)
    for (memory, count) in zip(told, stride(from: 2, through: 60, by: 2)) {
      let first = try #require(memory.turns.first)
      #expect(first.role == .user && memory.turns.last == all[count - 1])
      #expect(memory.turns == Array(all[..<count].suffix(memory.turns.count)), "one behind the other, to the last")
      #expect(memory.turns.reduce(0) { $0 + ModelPrompt.tokens($1.text) } <= 1000)
      // The summary reaches as far as the turns begin, so that nothing is missing and nothing told twice.
      #expect(memory.summary == (first.place == 3 ? "" : "summary \(first.place - 3)"))
    }
    // Each turn was summarised once, behind what was known, and not at each question.
    let calls = asked.withLock { $0 }
    #expect(calls.count > 1 && calls.count < 20)
    #expect(calls.flatMap(\.turns) == Array(all[..<(calls.reduce(0) { $0 + $1.turns.count })]))
    #expect(calls.map(\.before) == [""] + calls.dropLast().map { "summary \($0.turns.last?.place ?? 0)" })
  }

  @Test func whereNobodySummarisesItIsCut() async throws {
    let turns = turns(30)
    for keeper in [Keeper(), nil] {
      let memory = try await Recollection(try request(turns, keeper), budget: 1000) { _, _ in throw Trouble() }
      #expect(memory.summary.isEmpty && memory.turns == Array(turns.suffix(10)) && keeper?.summary == nil)
    }
    let keeper = Keeper()
    try await keeper.keep(Summary(text: "known", through: turns[9].place))
    let memory = try await Recollection(try request(turns, keeper), budget: 1000, summarise: nil)
    #expect(memory.summary == "known" && memory.turns == Array(turns.suffix(10)))
  }

  @Test func whoIsStoppedMeanwhileIsStopped() async throws {
    let turns = turns(30)
    await #expect(throws: CancellationError.self) {
      _ = try await Recollection(try request(turns, Keeper()), budget: 1000) { _, _ in throw CancellationError() }
    }
  }

  /// However the turns are, what is told stays within the budget and begins with a person's.
  @Test func staysWithinTheBudget() async throws {
    var random = SeededGenerator("recollections")
    for _ in 0..<500 {
      let turns = (1...Int.random(in: 1...40, using: &random)).map { number in
        Turn(
          role: [.user, .assistant, .operator].randomElement(using: &random) ?? .user,
          text: String(repeating: "é", count: Int.random(in: 0...900, using: &random)), place: Int64(number))
      }
      let budget = Int.random(in: 1...3000, using: &random)
      let keeper = Bool.random(using: &random) ? Keeper() : nil
      let isWilling = Bool.random(using: &random)
      let memory = try await Recollection(try request(turns, keeper), budget: budget) { _, _ in
        if !isWilling { throw Trouble() }
        return "short"
      }
      #expect(memory.turns.first.map { $0.role == .user } ?? true)
      #expect(memory.turns.reduce(0) { $0 + ModelPrompt.tokens($1.text) } <= budget)
      #expect(memory.turns == Array(turns.suffix(memory.turns.count)))
    }
  }
}
