import TLSEngine

/// TLS on one connection.
final class Security {
  let session: TLSSession
  /// When the handshake began, in the engine's seconds.
  let beganAt: UInt32
  /// Whether anything has come yet.
  var hasBegun = false
  /// Whether the handshake waits for a later turn.
  var isQueued = false
  /// Whether its turn has come.
  var isAdmitted = false
  /// How much of what is unsent is encrypted; what follows is not yet.
  var sealed = 0

  init(_ session: TLSSession, now: UInt32) {
    self.session = session
    beganAt = now
  }
}
