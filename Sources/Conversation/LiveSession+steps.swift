/// The steps of an agent's work on an answer: nobody is told of them, they are there for whoever goes on with it.
extension LiveSession {
  /// Keeps a step, behind all text that the answer has by now.
  /// - Parameter content: JSON.
  /// - Returns: its number, with which `kept` tells what became of it; nil where the answer is not being made here.
  package func keep(_ content: [UInt8], for answer: MessageID) -> Int64? {
    guard let run = making(answer) else { return nil }
    run.steps += 1
    run.stepsInJournal += 1
    run.stepBytes += content.count
    commit(
      .keep(
        Change.Keeping(
          session: key, answer: answer, takeovers: run.takeovers, number: run.steps, offset: run.buffer.bytes.count,
          content: run.stepBytes <= limits.stepBytes ? content : [])))
    return run.steps
  }

  func settle(_ keeping: Change.Keeping, _ outcome: Outcome) {
    guard let run, run.answer == keeping.answer, run.takeovers == keeping.takeovers, !run.isForeign else { return }
    run.stepsInJournal -= 1
    var isStored = false
    if case .committed = outcome { isStored = true }
    act(.kept(answer: run.answer, step: keeping.number, isStored: isStored))
    if outcome == .refused, run.completion == nil { lose(run) }
  }

  /// Where a call of an answer stands that is being made here; nil where it does not tell of such a call.
  package func status(of call: String, in answer: MessageID) -> ToolStatus? {
    making(answer)?.calls.status(of: call)
  }
}
