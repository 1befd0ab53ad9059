/// What a tool server may take and send.
package struct MCPLimits: Sendable, Equatable {
  /// The longest message, in bytes.
  package var messageBytes = 4 * 1024 * 1024
  /// Calls at once of one server; more wait for their turn.
  package var callsAtOnce = 8
  /// How long a server may take to start and to say what it speaks, in milliseconds.
  package var startMilliseconds: UInt64 = 60_000
  /// How long it may take to answer in the newer era's terms, before the older handshake is tried, in milliseconds.
  package var probeMilliseconds: UInt64 = 10_000
  /// How long a page of its tools may take, in milliseconds.
  package var listMilliseconds: UInt64 = 30_000
  /// How long a call may take, in milliseconds.
  package var callMilliseconds: UInt64 = 60_000
  /// How many of its tools are known; the rest is left out.
  package var tools = 128
  /// The largest description of a tool, and of all of them, in bytes of JSON.
  package var toolBytes = 16 * 1024
  package var listBytes = 256 * 1024
  /// How long a list of tools counts as fresh, in milliseconds: where changes are told, and where not.
  package var toldMilliseconds: UInt64 = 600_000
  package var untoldMilliseconds: UInt64 = 60_000
  /// The same where a server says that its list is never fresh: many questions at once need one list.
  package var leastFreshMilliseconds: UInt64 = 2000
  /// The first and the longest wait before a server that ended is started again, in milliseconds.
  package var firstRestartMilliseconds: UInt64 = 1000
  package var restartMilliseconds: UInt64 = 60_000
  /// After how long a process is ended that nobody has needed, in milliseconds; 0: never. It is started again at need.
  package var idleMilliseconds: UInt64 = 600_000
  /// How long a process may take to end by itself, and again when it was asked to, in milliseconds.
  package var graceMilliseconds: UInt64 = 2000
  /// The memory that a process may have for its data, in MiB (`RLIMIT_DATA`); 0: no limit.
  package var memoryMegabytes: UInt64 = 2048

  package init() {}
}
