import JSONWire

/// Puts together the calls that chat completions are streamed with: `delta.tool_calls[]`, each piece by its `index`. The
/// id and the name come first, arguments are text that is continued.
///
/// Some servers send whole calls, without an index or all with the same: one with another id is another call.
struct CallPieces: Sendable {
  private var calls: [(index: Int64?, call: ModelCall)] = []
  private static let most = 256

  mutating func take(_ pieces: [JSONValue]) {
    for piece in pieces {
      let index = piece["index"]?.int
      let id = piece["id"]?.string ?? ""
      let function = piece["function"]
      guard let place = place(of: index, id) else {
        guard calls.count < Self.most else { return }
        calls.append(
          (
            index,
            ModelCall(id: id, name: function?["name"]?.string ?? "", arguments: Self.text(function?["arguments"]))
          ))
        continue
      }
      if calls[place].call.id.isEmpty { calls[place].call.id = id }
      // Some say it again with each piece.
      if calls[place].call.name.isEmpty { calls[place].call.name = function?["name"]?.string ?? "" }
      // What is cut here is no JSON, which the model is told.
      guard calls[place].call.arguments.utf8.count < ModelCall.mostBytes else { continue }
      calls[place].call.arguments += Self.text(function?["arguments"])
    }
  }

  /// What was put together, in order.
  mutating func finish() -> [ModelEvent] {
    defer { calls = [] }
    return calls.filter { !$0.call.name.isEmpty }.map { .call($0.call) }
  }

  private func place(of index: Int64?, _ id: String) -> Int? {
    func isSame(_ call: ModelCall) -> Bool { id.isEmpty || call.id.isEmpty || call.id == id }
    if let index { return calls.lastIndex { $0.index == index && isSame($0.call) } }
    return id.isEmpty ? calls.indices.last : calls.lastIndex { $0.call.id == id }
  }

  /// The text of arguments; an object where a server sends them so.
  private static func text(_ arguments: JSONValue?) -> String {
    guard let arguments, !arguments.isNull else { return "" }
    return arguments.string ?? arguments.description
  }
}
