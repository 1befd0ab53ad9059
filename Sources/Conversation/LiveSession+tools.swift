package import JSONWire

/// Calls of tools, as an answer tells of them while it is made, and what persons say of those that wait for them.
extension LiveSession {
  /// Notes a call of a tool, or what became of it.
  /// - Parameters:
  ///   - call: the object `tool` of `message.tool`.
  ///   - milliseconds: how long persons may take to agree to it, where it waits for them.
  /// - Returns: whether the answer is still being made here; `noted` then tells when it is stored.
  package func note(_ call: JSONObject, within milliseconds: Int64? = nil, to answer: MessageID) -> Bool {
    guard let run = making(answer) else { return false }
    guard !run.calls.holds(call) else {
      // Another node has told it so, or this one, and was gone before it went on.
      act(.noted(answer: answer, call: call["id"]?.string ?? ""))
      return true
    }
    run.calls.put(call)
    run.notes.append((.call, call, milliseconds))
    startNoting(run)
    return true
  }

  /// Notes what was thought on the way to an answer, for persons alone.
  /// - Parameter isCut: whether there was more of it.
  /// - Returns: its id, where the answer is still being made here and has room for it; `noted` then tells when it is stored.
  package func think(_ text: String, isCut: Bool, in answer: MessageID) -> String? {
    guard let run, run.answer == answer, run.completion == nil, !run.isForeign else { return nil }
    // An answer that begins anew on another server may come by the same thoughts.
    let told = (try? JSONValue(parsing: run.message?.reasoning ?? []))?.array ?? []
    guard !told.contains(where: { $0["text"]?.string == text }) else { return nil }
    run.thoughts += 1
    // Another server may have noted some before.
    let id = "reasoning-\(run.takeovers)-\(run.thoughts)"
    var object = JSONObject([("id", .string(id)), ("text", .string(text))])
    if isCut { object["truncated"] = true }
    let size = JSONValue.object(object).bytes.count + (run.message?.reasoning.count ?? 0)
    guard size <= limits.reasoningBytes else { return nil }
    run.notes.append((.reasoning, object, nil))
    startNoting(run)
    return id
  }

  /// One at a time: a group takes one of each session.
  private func startNoting(_ run: Run) {
    guard !run.isNoting, run.completion == nil, !run.isForeign, let note = run.notes.first else { return }
    run.isNoting = true
    commit(
      .note(
        Change.Noting(
          session: key, answer: run.answer, part: note.part, call: note.object["id"]?.string ?? "",
          json: JSONValue.object(note.object).bytes, takeovers: run.takeovers, within: note.within)))
  }

  func settle(_ noting: Change.Noting, _ outcome: Outcome) {
    if case .committed(let version, _) = outcome {
      let frame =
        switch noting.part {
        case .call: ServerFrame.tool(noting.json, of: noting.answer, version: version)
        case .reasoning: ServerFrame.reasoning(noting.json, of: noting.answer, version: version)
        }
      var event = SessionEvent(version: version, frame: frame)
      (event.isMark, event.calls, event.mayBeLater) = (true, noting.answer, true)
      if let object = (try? JSONValue(parsing: noting.json))?.object {
        switch noting.part {
        case .call: run?.tell(version, of: noting.answer) { $0.put(object) }
        case .reasoning: run?.tellReasoning(version, of: noting.answer, object)
        }
      }
      tell(event)
    }
    guard let run, run.answer == noting.answer, run.takeovers == noting.takeovers else { return }
    run.isNoting = false
    if !run.notes.isEmpty { run.notes.removeFirst() }
    act(.noted(answer: run.answer, call: noting.call))
    if outcome == .refused, run.completion == nil, !run.isForeign { lose(run) }
    startNoting(run)
  }

  // MARK: Decisions

  /// `tool.approve` and `tool.reject`.
  package func decide(_ decide: ClientFrame.Decide, from origin: Origin) {
    let id = decide.id ?? makeID()
    decisions.append(
      (
        Change.Deciding(session: key, id: id, message: decide.message, call: decide.tool, verdict: decide.verdict),
        origin
      ))
    startDeciding()
  }

  /// Nobody has said in time whether a call may be made.
  package func expire(_ call: String, of answer: MessageID) {
    let id = makeID()
    decisions.append((Change.Deciding(session: key, id: id, message: answer, call: call, verdict: .expired), nil))
    startDeciding()
  }

  /// One at a time, as with notes.
  private func startDeciding() {
    guard !isDeciding, let (deciding, origin) = decisions.first else { return }
    isDeciding = true
    commit(.decide(deciding), from: origin)
  }

  func settle(_ deciding: Change.Deciding, _ origin: Origin?, _ outcome: Outcome) {
    isDeciding = false
    if !decisions.isEmpty { decisions.removeFirst() }
    defer { startDeciding() }
    guard case .decided(let decided) = outcome else {
      if let origin { refuse(origin, deciding, outcome) } else { act(deciding, .expired) }
      return
    }
    func frame(_ ref: String?, version: Int64 = decided.version) -> [UInt8] {
      ServerFrame.tool(decided.tool, of: deciding.message, version: version, ref: ref)
    }
    if !decided.isDuplicate {
      run?.tell(decided.version, of: deciding.message) { $0.set(deciding.call, deciding.verdict.status) }
      tell(decided.version, to: origin, calls: deciding.message) { frame($0) }
    } else if let origin {
      if decided.verdict == deciding.verdict {
        // It changes nothing any more: no version that the reader has not been told yet.
        let isReading = readers.contains { $0 === origin.reader }
        let version = isReading ? min(decided.version, origin.reader.version) : decided.version
        act(.send(origin.reader, frame(origin.ref, version: version)))
      } else {
        refuse(origin, .badField, "tool: it was decided otherwise")
      }
    }
    act(deciding, decided.verdict)
  }

  private func refuse(_ origin: Origin, _ deciding: Change.Deciding, _ outcome: Outcome) {
    switch outcome {
    case .denied(.absent): refuse(origin, .notFound, "message, tool: there is no such call")
    case .denied: refuse(origin, .badField, "tool: it does not wait to be decided")
    default: refuse(origin, outcome, "the decision could not be stored")
    }
  }

  /// Lets the agent know of a decision, once.
  private func act(_ deciding: Change.Deciding, _ verdict: ToolVerdict) {
    guard let run, run.answer == deciding.message, run.calls.status(of: deciding.call) == .waiting else { return }
    run.calls.set(deciding.call, verdict.status)
    if !run.isForeign { act(.decided(answer: run.answer, call: deciding.call, verdict: verdict)) }
  }

  /// Takes in what the store has of an answer's calls: another node's are as they are there; of one's own, those that
  /// waited may have been decided elsewhere.
  func learnCalls(of run: Run, from stored: Message) {
    let (calls, known) = (ToolCalls(stored.tools), run.told)
    run.tell(stored.version, of: stored.id) { $0 = calls }
    run.message?.reasoning = stored.reasoning
    if run.isForeign { return run.calls = calls }
    // One of which it is not stored yet that it waits stands in the store as it did before.
    for id in run.calls.waiting where known.status(of: id) == .waiting {
      guard let status = calls.status(of: id), status != .waiting else { continue }
      run.calls.set(id, status)
      act(.decided(answer: run.answer, call: id, verdict: status == .running ? .approved : .rejected))
    }
  }
}

extension Run {
  /// Notes what is committed of its calls: what whoever comes now is told.
  fileprivate func tell(_ version: Int64, of answer: MessageID, _ change: (inout ToolCalls) -> Void) {
    guard self.answer == answer, message != nil else { return }
    change(&told)
    message?.tools = told.json
    message?.version = version
  }

  /// The same of what was thought.
  fileprivate func tellReasoning(_ version: Int64, of answer: MessageID, _ object: JSONObject) {
    guard self.answer == answer, message != nil else { return }
    let list = (try? JSONValue(parsing: message?.reasoning ?? []))?.array ?? []
    message?.reasoning = JSONValue.array(list + [.object(object)]).bytes
    message?.version = version
  }
}
