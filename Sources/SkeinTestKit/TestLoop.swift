import Glibc
package import Reactor

/// The loop that the clients of a test process live on, away from those of the servers that it tests.
package enum TestLoop {
  /// Runs as long as the process.
  package static func shared() throws -> EventLoop { try result.get() }

  private static let result = Result<EventLoop, any Error> {
    // As the program does: a peer that is gone is told by `write`.
    signal(SIGPIPE, SIG_IGN)
    let loop = try EventLoop()
    loop.start()
    return loop
  }
}

/// Why a test's client did not get what it waited for.
package enum TestClientError: Error, Equatable {
  /// Nothing came within the time limit.
  case timedOut
  /// The connection has ended; `code` as in RFC 6455, 1006 where there was no close frame.
  case closed(code: UInt16, reason: String)
  /// What came is not what the protocol allows, or not what the test expects.
  case unexpected(String)
}
