import JSONWire

/// Where a call of a tool stands.
package enum ToolStatus: String, Sendable, CaseIterable {
  /// It is made once a person has agreed to it.
  case waiting
  case running, done, failed
  /// Nobody has agreed to it: it was not made.
  case rejected

  /// Whether nothing more becomes of it.
  var isFinal: Bool { self != .waiting && self != .running }
}

/// What became of a call that waited for a person.
package enum ToolVerdict: String, Sendable, CaseIterable {
  case approved, rejected
  /// Nobody has said anything in time.
  case expired

  /// Where the call stands by it.
  package var status: ToolStatus { self == .approved ? .running : .rejected }
}

/// The calls of tools that an answer tells of, in the order in which they were first told: each the object `tool` of
/// `message.tool`.
package struct ToolCalls: Sendable, Equatable {
  private var calls: [JSONObject] = []

  package init() {}

  /// - Parameter json: a list of calls as it is stored; what is none has none.
  package init(_ json: [UInt8]) {
    guard !json.isEmpty, let list = (try? JSONValue(parsing: json))?.array else { return }
    calls = list.compactMap(\.object)
  }

  package var isEmpty: Bool { calls.isEmpty }

  /// A list as the protocol writes it; nothing where there are none.
  package var json: [UInt8] { calls.isEmpty ? [] : JSONValue.array(calls.map { .object($0) }).bytes }

  /// Where the call of that id stands; nil where there is none.
  package func status(of id: String) -> ToolStatus? {
    calls.first { $0["id"]?.string == id }?["status"]?.string.flatMap { ToolStatus(rawValue: $0) }
  }

  /// Those that wait for a person.
  var waiting: [String] { ids(.waiting) }

  /// Those that are under way.
  var running: [String] { ids(.running) }

  private func ids(_ status: ToolStatus) -> [String] {
    calls.compactMap { $0["status"]?.string == status.rawValue ? $0["id"]?.string : nil }
  }

  /// Whether it tells of that call just so.
  func holds(_ call: JSONObject) -> Bool { calls.contains { JSONValue.object($0).isSame(as: .object(call)) } }

  /// Adds a call, or puts it in the place of the one with its id.
  mutating func put(_ call: JSONObject) {
    if let place = calls.firstIndex(where: { $0["id"] == call["id"] }) {
      calls[place] = call
    } else {
      calls.append(call)
    }
  }

  /// Notes where a call stands.
  mutating func set(_ id: String, _ status: ToolStatus) {
    guard let place = calls.firstIndex(where: { $0["id"]?.string == id }) else { return }
    calls[place]["status"] = .string(status.rawValue)
  }

  /// The calls as they are when their answer is over: what has not ended by then has failed.
  var ended: ToolCalls {
    var ended = self
    for place in calls.indices {
      let status = calls[place]["status"]?.string.flatMap { ToolStatus(rawValue: $0) }
      if status?.isFinal != true { ended.calls[place]["status"] = .string(ToolStatus.failed.rawValue) }
    }
    return ended
  }
}
