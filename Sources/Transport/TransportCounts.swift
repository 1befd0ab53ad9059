/// What the limits of an engine have done since it began.
package struct TransportCounts: Sendable, Equatable {
  /// Connections that were accepted, those that were turned away included.
  package var accepted = 0
  /// Turned away since the loop had all that it may have.
  package var full = 0
  /// Turned away since their address had all that it may have.
  package var crowdedAddresses = 0
  /// Times that no connection could be accepted, mostly for want of descriptors.
  package var failedAccepts = 0
  /// Closed since a TLS handshake or a PROXY header took too long.
  package var slowHandshakes = 0
  /// Requests that took too long to arrive (408).
  package var slowRequests = 0
  /// Requests that were refused for their form or their size.
  package var brokenRequests = 0
  /// Closed since no next request came.
  package var idle = 0
  /// Closed since pings were left unanswered.
  package var silent = 0
  /// Closed since a last response or a close frame was not taken in time.
  package var abandoned = 0
  /// WebSocket messages that were too big (1009).
  package var tooBig = 0
  /// WebSockets with too many frames in a second (4429).
  package var tooFast = 0
  /// WebSockets that broke the protocol in another way (1002, 1007).
  package var brokenFrames = 0
  /// Refused since their origin may not use the site.
  package var foreignOrigins = 0
  /// Times that a peer was no longer read from since it left too much unread.
  package var choked = 0

  package init() {}

  /// By how much the counts of limits have grown since `earlier`, for a log line; empty where none has.
  func changes(since earlier: TransportCounts) -> String {
    let changes = Self.limits.filter { self[keyPath: $0.1] != earlier[keyPath: $0.1] }
    return changes.map { "\($0.0)=\(self[keyPath: $0.1] - earlier[keyPath: $0.1])" }.joined(separator: " ")
  }

  private static var limits: [(String, KeyPath<TransportCounts, Int>)] {
    [
      ("full", \.full), ("crowded_addresses", \.crowdedAddresses), ("failed_accepts", \.failedAccepts),
      ("slow_handshakes", \.slowHandshakes), ("slow_requests", \.slowRequests), ("broken_requests", \.brokenRequests),
      ("idle", \.idle), ("silent", \.silent), ("abandoned", \.abandoned), ("too_big", \.tooBig),
      ("too_fast", \.tooFast), ("broken_frames", \.brokenFrames), ("foreign_origins", \.foreignOrigins),
      ("choked", \.choked),
    ]
  }
}
