package import JSONWire

/// Answers of scripted services, and what makes them go wrong.
package enum ServiceScript {
  /// A whole answer.
  package static func whole(
    _ status: Int, _ content: String, type: String = "application/json", fields: [String] = []
  ) -> [ServiceStep] {
    let head = Self.head(status, fields + ["Content-Type: \(type)", "Content-Length: \(content.utf8.count)"])
    return [.send(Array(head.utf8) + Array(content.utf8))]
  }

  /// The same with status 200.
  package static func whole(_ content: String) -> [ServiceStep] { whole(200, content) }

  /// Pieces of a stream, each sent by itself, and its end.
  /// - Parameters:
  ///   - pause: between two pieces, in milliseconds; 0: none.
  ///   - hold: before which piece it waits to be let go; nil: before none.
  ///   - end: what follows the last piece; nil: the end of the content.
  package static func stream(
    _ pieces: [[UInt8]], type: String = "text/event-stream", pause: UInt64 = 0, holdAt hold: Int? = nil,
    end: ServiceStep? = nil
  ) -> [ServiceStep] {
    let head = Self.head(200, ["Content-Type: \(type)", "Transfer-Encoding: chunked"])
    var steps: [ServiceStep] = [.send(Array(head.utf8))]
    for (index, piece) in pieces.enumerated() where !piece.isEmpty {
      if pause > 0, index > 0 { steps.append(.pause(pause)) }
      if index == hold { steps.append(.hold) }
      steps.append(.send(Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [0x0D, 0x0A]))
    }
    steps.append(end ?? .send(Array("0\r\n\r\n".utf8)))
    return steps
  }

  /// The same of text.
  package static func stream(
    _ pieces: [String], pause: UInt64 = 0, holdAt hold: Int? = nil, end: ServiceStep? = nil
  ) -> [ServiceStep] {
    stream(pieces.map { Array($0.utf8) }, pause: pause, holdAt: hold, end: end)
  }

  private static func head(_ status: Int, _ fields: [String]) -> String {
    "HTTP/1.1 \(status) Scripted\r\n" + fields.map { "\($0)\r\n" }.joined() + "\r\n"
  }

  // MARK: Models' formats

  /// An event of chat completions.
  package static func chat(_ delta: JSONValue, finish: String? = nil) -> String {
    let choice: JSONValue = ["index": 0, "delta": delta, "finish_reason": finish.map { .string($0) } ?? .null]
    let value: JSONValue = ["id": "c1", "object": "chat.completion.chunk", "choices": [choice]]
    return "data: \(value)\n\n"
  }

  /// The events of a whole answer by chat completions.
  package static func chat(
    _ texts: [String], usage: (input: Int64, output: Int64)? = nil, isDone: Bool = true
  ) -> [String] {
    var events = [chat(["role": "assistant", "content": ""])] + texts.map { chat(["content": .string($0)]) }
    events.append(chat([:], finish: "stop"))
    if let usage {
      let counts: JSONValue = ["prompt_tokens": .int(usage.input), "completion_tokens": .int(usage.output)]
      let value: JSONValue = ["object": "chat.completion.chunk", "choices": [], "usage": counts]
      events.append("data: \(value)\n\n")
    }
    return isDone ? events + ["data: [DONE]\n\n"] : events
  }

  /// An event of Anthropic's messages.
  package static func message(_ value: JSONValue) -> String {
    "event: \(value["type"]?.string ?? "")\ndata: \(value)\n\n"
  }

  /// The events of a whole answer by messages.
  package static func messages(
    _ texts: [String], usage: (input: Int64, output: Int64) = (0, 0)
  ) -> [String] {
    let start: JSONValue = ["usage": ["input_tokens": .int(usage.input), "output_tokens": 1], "role": "assistant"]
    var events = [
      message(["type": "message_start", "message": start]),
      message(["type": "content_block_start", "index": 0, "content_block": ["type": "text", "text": ""]]),
      message(["type": "ping"]),
    ]
    events += texts.map { text in
      message(["type": "content_block_delta", "index": 0, "delta": ["type": "text_delta", "text": .string(text)]])
    }
    return events + [
      message(["type": "content_block_stop", "index": 0]),
      message([
        "type": "message_delta", "delta": ["stop_reason": "end_turn"],
        "usage": ["output_tokens": .int(usage.output)],
      ]),
      message(["type": "message_stop"]),
    ]
  }

  // MARK: Calls of tools

  /// A call that a scripted model asks for.
  package struct Call: Sendable {
    package var id: String
    package var name: String
    package var arguments: String

    /// - Parameter arguments: as the model writes them.
    package init(_ id: String, _ name: String, _ arguments: String = "{}") {
      (self.id, self.name, self.arguments) = (id, name, arguments)
    }
  }

  /// The stream of an answer that asks for tools, in either format, with the arguments in pieces.
  package static func calling(_ calls: [Call], saying text: String = "", kind: String) -> [ServiceStep] {
    stream(kind == "messages" ? messages(calling: calls, saying: text) : chat(calling: calls, saying: text))
  }

  /// The stream of an answer that is only text, in either format.
  package static func saying(_ texts: [String], kind: String, usage: (input: Int64, output: Int64) = (0, 0))
    -> [ServiceStep]
  {
    stream(kind == "messages" ? messages(texts, usage: usage) : chat(texts, usage: usage))
  }

  /// The events of an answer by chat completions that asks for tools.
  package static func chat(calling calls: [Call], saying text: String = "") -> [String] {
    var events = [chat(["role": "assistant", "content": text.isEmpty ? .null : .string(text)])]
    for (index, call) in calls.enumerated() {
      func piece(_ members: JSONValue) -> String {
        var members = members.object ?? JSONObject()
        members["index"] = .int(Int64(index))
        return chat(["tool_calls": [.object(members)]])
      }
      events.append(
        piece([
          "id": .string(call.id), "type": "function", "function": ["name": .string(call.name), "arguments": ""],
        ]))
      events += pieces(call.arguments).map { piece(["function": ["arguments": .string($0)]]) }
    }
    return events + [chat([:], finish: "tool_calls"), "data: [DONE]\n\n"]
  }

  /// The events of an answer by messages that asks for tools.
  package static func messages(calling calls: [Call], saying text: String = "") -> [String] {
    let start: JSONValue = ["usage": ["input_tokens": 1, "output_tokens": 1], "role": "assistant"]
    var events = [message(["type": "message_start", "message": start])]
    var index: Int64 = 0
    func block(_ value: JSONValue, _ deltas: [JSONValue]) {
      events.append(message(["type": "content_block_start", "index": .int(index), "content_block": value]))
      events += deltas.map { message(["type": "content_block_delta", "index": .int(index), "delta": $0]) }
      events.append(message(["type": "content_block_stop", "index": .int(index)]))
      index += 1
    }
    if !text.isEmpty { block(["type": "text", "text": ""], [["type": "text_delta", "text": .string(text)]]) }
    for call in calls {
      block(
        ["type": "tool_use", "id": .string(call.id), "name": .string(call.name), "input": [:]],
        ([""] + pieces(call.arguments)).map { ["type": "input_json_delta", "partial_json": .string($0)] })
    }
    return events + [
      message(["type": "message_delta", "delta": ["stop_reason": "tool_use"], "usage": ["output_tokens": 9]]),
      message(["type": "message_stop"]),
    ]
  }

  /// A text in pieces of a few scalars.
  private static func pieces(_ text: String) -> [String] {
    let scalars = Array(text.unicodeScalars)
    return stride(from: 0, to: scalars.count, by: 5).map { start in
      var piece = String.UnicodeScalarView()
      piece.append(contentsOf: scalars[start..<min(start + 5, scalars.count)])
      return String(piece)
    }
  }
}
