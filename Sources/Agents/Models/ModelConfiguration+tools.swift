import JSONWire

/// Tools in the content of a request.
extension ModelConfiguration {
  /// Tells the model of the tools that it may ask for.
  ///
  /// In the last round there are none. Anthropic's refuses calls in a conversation without tools: it is told of them, and
  /// that it may not ask for any.
  func offer(_ prompt: ModelPrompt, in body: inout JSONObject) {
    guard !prompt.tools.isEmpty else { return }
    switch format {
    case .chatCompletions:
      guard prompt.mayCall else { return }
      body["tools"] = .array(
        prompt.tools.map { tool in
          [
            "type": "function",
            "function": [
              "name": .string(tool.name), "description": .string(tool.purpose), "parameters": .object(tool.schema),
            ],
          ]
        })
    case .messages:
      body["tools"] = .array(
        prompt.tools.map { tool in
          ["name": .string(tool.name), "description": .string(tool.purpose), "input_schema": .object(tool.schema)]
        })
      if !prompt.mayCall { body["tool_choice"] = ["type": "none"] }
    }
  }

  /// The turns of what has happened in this answer.
  func turns(of rounds: [ModelRound]) -> [JSONValue] {
    rounds.flatMap { round in
      switch format {
      case .chatCompletions: Self.chatTurns(of: round)
      case .messages: Self.messageTurns(of: round)
      }
    }
  }

  private static func chatTurns(of round: ModelRound) -> [JSONValue] {
    let calls = round.calls.map { call -> JSONValue in
      [
        "id": .string(call.id), "type": "function",
        // Servers that take them apart refuse what is no JSON.
        "function": ["name": .string(call.name), "arguments": .string((call.input).description)],
      ]
    }
    let said: JSONValue = [
      "role": "assistant", "content": round.text.isEmpty ? .null : .string(round.text), "tool_calls": .array(calls),
    ]
    return [said]
      + zip(round.calls, round.results).map { call, result in
        ["role": "tool", "tool_call_id": .string(call.id), "content": .string(result.text)]
      }
  }

  private static func messageTurns(of round: ModelRound) -> [JSONValue] {
    var content = round.thoughts
    // It refuses a text of nothing but white space.
    if !round.text.allSatisfy(\.isWhitespace) { content.append(["type": "text", "text": .string(round.text)]) }
    content += round.calls.map { call in
      ["type": "tool_use", "id": .string(call.id), "name": .string(call.name), "input": call.input]
    }
    let results = zip(round.calls, round.results).map { call, result -> JSONValue in
      var block = JSONObject([
        ("type", "tool_result"), ("tool_use_id", .string(call.id)), ("content", .string(result.text)),
      ])
      if result.isError { block["is_error"] = true }
      return .object(block)
    }
    return [
      ["role": "assistant", "content": .array(content)], ["role": "user", "content": .array(results)],
    ]
  }
}

extension ModelCall {
  /// The arguments as an object; an empty one where they are none.
  fileprivate var input: JSONValue { .object(parsed ?? JSONObject()) }
}
