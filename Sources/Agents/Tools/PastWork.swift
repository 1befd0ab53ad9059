import Conversation

/// What servers that are gone have done for an answer, put together from the steps that they have kept.
struct PastWork: Sendable {
  /// In order. Only of the last one calls can be left to be made.
  private(set) var rounds: [ToolStep.Round] = []
  /// The calls that were made, as far as they must not be made twice.
  private(set) var begun: Set<String> = []
  /// Those that may be made without a word of it.
  private(set) var repeatable: Set<String> = []
  /// What became of calls, by their ids.
  private(set) var ended: [String: ToolEnd] = [:]
  /// What the model has said to the person since the last round.
  private(set) var text: String

  /// - Throws: `CannotContinue` where steps are missing, or of another version's kind.
  init(_ request: AgentRequest) async throws {
    var offset = 0
    for step in try await request.steps() {
      switch ToolStep(step.content) {
      case .round(let round):
        rounds.append(round)
        repeatable.formUnion(round.repeatable)
        offset = step.offset
      case .begun(let id): begun.insert(id)
      case .ended(let end): ended[end.call.id] = end
      case nil: throw CannotContinue()
      }
    }
    let bytes = request.begun.utf8
    // It had ended, and its end is lost with its last text.
    guard offset <= bytes.count else { throw CannotContinue() }
    let (before, behind) = (bytes.prefix(offset), String(decoding: bytes.dropFirst(offset), as: UTF8.self))
    // What parts it from what was said before is not the model's own.
    let isParted = ModelAgent.isParted(from: String(decoding: before, as: UTF8.self))
    text =
      isParted && behind.hasPrefix(ModelAgent.parting) ? String(behind.dropFirst(ModelAgent.parting.count)) : behind
  }

  /// What was counted of the answer.
  var usage: Usage? { rounds.last?.usage }
}
