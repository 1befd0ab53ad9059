/// The bounds of the wire protocol that a server can choose.
package struct Limits: Sendable, Equatable {
  /// The longest message of a person, in bytes.
  package var messageBytes = 32 * 1024
  /// The longest frame of a client and of the server, in bytes.
  package var frameBytes = 256 * 1024
  /// The longest answer, in bytes; one that grows beyond is stopped with reason `limit`.
  package var answerBytes = 1024 * 1024
  /// How much of an answer may wait for its commit before its agent has to wait, in bytes.
  package var uncommittedBytes = 256 * 1024
  /// How much is shown of an answer's reasoning, in bytes. It stands in the message's object, which has to fit into a
  /// frame with all else that is known of it.
  package var reasoningBytes = 96 * 1024
  /// How much is kept of an agent's steps on the way to an answer, in bytes; one with more is not continued.
  package var stepBytes = 8 * 1024 * 1024
  /// How often an answer is continued whose server is gone; then it ends as `interrupted`, since it may be what ends
  /// them.
  package var continuations = 3
  /// How many questions may wait in one session.
  package var queuedRuns = 100
  /// How many messages a visitor may send in a minute, as clients are told; nil: no limit.
  package var messagesPerMinute: Int?
  /// After how much silence a client should send a `ping`, in milliseconds.
  package var heartbeatMilliseconds = 30_000

  package init() {}
}
