/// How much of tools one answer may use.
package struct ToolLimits: Sendable, Equatable {
  /// So often the model may ask for tools, and be told of their results, before it has to answer.
  package var rounds = 8
  /// So many calls of an answer are carried out.
  package var calls = 64
  /// So many of them at once.
  package var callsAtOnce = 4
  /// So many bytes of a result are shown to the model.
  package var resultBytes = 32 * 1024
  /// How long a person is waited for who has to agree to a call, in seconds.
  package var approvalSeconds: UInt64 = 600

  package init() {}

  /// Their members in an agent's configuration.
  static let members: Set<String> = [
    "tool_rounds", "tool_calls", "tool_calls_at_once", "tool_result_bytes", "approval_seconds",
  ]

  init(_ members: ConfigurationMembers) throws(ConfigurationError) {
    self.init()
    rounds = Int(try members.int("tool_rounds", 1...50) ?? Int64(rounds))
    calls = Int(try members.int("tool_calls", 1...200) ?? Int64(calls))
    callsAtOnce = Int(try members.int("tool_calls_at_once", 1...16) ?? Int64(callsAtOnce))
    resultBytes = Int(try members.int("tool_result_bytes", 256...1_000_000) ?? Int64(resultBytes))
    approvalSeconds = UInt64(try members.int("approval_seconds", 1...86_400) ?? Int64(approvalSeconds))
  }
}
