import Reactor

/// A listening socket of an engine.
final class Door {
  let listener: Listener
  /// Where those who knock are sent instead, a port that speaks HTTPS; nil: they are let in.
  let redirection: UInt16?
  /// Whether it is being watched.
  var isOpen = true

  init(_ listener: consuming Listener, redirection: UInt16?) {
    self.listener = listener
    self.redirection = redirection
  }
}
