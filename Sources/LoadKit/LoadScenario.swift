/// What the clients of one engine do. All calls come on the engine's thread.
package protocol LoadScenario: AnyObject {
  /// How often `tick` is called, in milliseconds.
  var tickMilliseconds: UInt64 { get }
  /// The engine has started.
  func begin(_ engine: LoadEngine)
  /// A client's WebSocket is open.
  func opened(_ client: LoadClient, _ engine: LoadEngine)
  /// All clients that were asked for are ready.
  func allReady(_ engine: LoadEngine)
  /// A message. Its payload is valid during the call.
  func received(_ payload: UnsafeRawBufferPointer, _ client: LoadClient, _ engine: LoadEngine)
  /// Some time has passed.
  func tick(_ engine: LoadEngine)
}

extension LoadScenario {
  package var tickMilliseconds: UInt64 { 5 }
  package func tick(_ engine: LoadEngine) {}
}
