import Conversation
import JSONWire

/// A step of the work of a model with tools, as it is kept for whoever goes on with its answer.
enum ToolStep: Sendable, Equatable {
  /// The model asks for calls. None of them is made before that is stored.
  case round(Round)
  /// A call is made that must not be made twice.
  case begun(String)
  /// A call is over, or was not made.
  case ended(ToolEnd)

  struct Round: Sendable, Equatable {
    /// What the model has said to the person since the round before.
    var text: String
    var thoughts: [JSONValue]
    var calls: [ModelCall]
    /// The ids of those of which it is not kept that they are begun, since nothing is lost where they are made twice.
    var repeatable: [String] = []
    /// What was counted of the answer until then.
    var usage: Usage?
  }
}

/// What became of a call.
struct ToolEnd: Sendable, Equatable {
  /// The call as persons are told of it.
  var call: ToolCall
  /// What the model is told.
  var result: ModelResult
  var citations: [Citation] = []
  /// How much of it persons are shown, in bytes.
  var shown = 0
}

extension ToolStep {
  /// How deep a step may be nested: as deep as what is in it, and a few more.
  private static let mostDepth = 40

  /// - Returns: nil where it is none that this version knows.
  init?(_ content: [UInt8]) {
    guard let value = try? JSONValue(parsing: content, maxDepth: Self.mostDepth) else { return nil }
    if let round = value["round"], let text = round["text"]?.string, let thoughts = round["thoughts"]?.array,
      let calls = round["calls"]?.array
    {
      let asked = calls.compactMap(ModelCall.init)
      guard asked.count == calls.count else { return nil }
      let usage = round["usage"].flatMap(Usage.init)
      let repeatable = (round["repeatable"]?.array ?? []).compactMap(\.string)
      self = .round(Round(text: text, thoughts: thoughts, calls: asked, repeatable: repeatable, usage: usage))
    } else if let id = value["begun"]?.string {
      self = .begun(id)
    } else if let ended = value["ended"], let end = ToolEnd(ended) {
      self = .ended(end)
    } else {
      return nil
    }
  }

  var json: JSONValue {
    switch self {
    case .round(let round):
      var members = JSONObject([
        ("text", .string(round.text)), ("thoughts", .array(round.thoughts)),
        ("calls", .array(round.calls.map(\.json))),
      ])
      if !round.repeatable.isEmpty { members["repeatable"] = .array(round.repeatable.map { .string($0) }) }
      members["usage"] = round.usage?.json
      return ["round": .object(members)]
    case .begun(let id): return ["begun": .string(id)]
    case .ended(let end): return ["ended": end.json]
    }
  }
}

extension ModelCall {
  fileprivate init?(_ value: JSONValue) {
    guard let id = value["id"]?.string, let name = value["name"]?.string, let arguments = value["arguments"]?.string
    else { return nil }
    self.init(id: id, name: name, arguments: arguments)
  }

  fileprivate var json: JSONValue {
    ["id": .string(id), "name": .string(name), "arguments": .string(arguments)]
  }
}

extension Usage {
  fileprivate init?(_ value: JSONValue) {
    guard let input = value["input_tokens"]?.int, let output = value["output_tokens"]?.int else { return nil }
    self.init(
      inputTokens: input, outputTokens: output, cachedTokens: value["cached_tokens"]?.int ?? 0,
      isEstimated: value["estimated"]?.bool ?? false)
    if let picos = value["cost_picos"]?.int, let currency = value["currency"]?.string {
      cost = Cost(picos: picos, currency: currency)
    }
  }

  fileprivate var json: JSONValue {
    var json = JSONObject([
      ("input_tokens", .int(inputTokens)), ("output_tokens", .int(outputTokens)), ("cached_tokens", .int(cachedTokens)),
    ])
    if isEstimated { json["estimated"] = true }
    json["cost_picos"] = cost.map { .int($0.picos) }
    json["currency"] = cost.map { .string($0.currency) }
    return .object(json)
  }
}

extension ToolEnd {
  fileprivate init?(_ value: JSONValue) {
    guard let call = value["call"]?.object.flatMap(ToolCall.init),
      let result = value["result"].flatMap(ModelResult.init),
      let citations = value["citations"]?.array, let shown = value["shown"]?.int
    else { return nil }
    self.init(
      call: call, result: result, citations: citations.compactMap(Citation.init), shown: Int(shown))
  }

  fileprivate var json: JSONValue {
    [
      "call": .object(call.json), "result": result.json,
      "citations": .array(citations.map(\.json)), "shown": .int(Int64(shown)),
    ]
  }
}

extension Citation {
  fileprivate init?(_ value: JSONValue) {
    guard let title = value["title"]?.string else { return nil }
    self.init(title: title, url: value["url"]?.string, excerpt: value["excerpt"]?.string)
  }

  fileprivate var json: JSONValue {
    var json = JSONObject([("title", .string(title))])
    json["url"] = url.map { .string($0) }
    json["excerpt"] = excerpt.map { .string($0) }
    return .object(json)
  }
}
