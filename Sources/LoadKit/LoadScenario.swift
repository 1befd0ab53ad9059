/// What the clients of one engine do. All calls come on the engine's thread.
package protocol LoadScenario: AnyObject {
  /// How often `tick` is called, in milliseconds.
  var tickMilliseconds: UInt64 { get }
  /// The engine has started.
  func begin(_ engine: LoadEngine)
  /// A client has connected. Where this is false it does not ask for a WebSocket: `send(frames:to:)` then sends bytes
  /// as they are, and `receivedRaw` is given what comes.
  func connected(_ client: LoadClient, _ engine: LoadEngine) -> Bool
  /// A client's WebSocket is open.
  func opened(_ client: LoadClient, _ engine: LoadEngine)
  /// All clients that were asked for are ready.
  func allReady(_ engine: LoadEngine)
  /// A message. Its payload is valid during the call.
  func received(_ payload: UnsafeRawBufferPointer, _ client: LoadClient, _ engine: LoadEngine)
  /// Bytes for a client that has asked for no WebSocket. They are valid during the call.
  func receivedRaw(_ bytes: UnsafeRawBufferPointer, _ client: LoadClient, _ engine: LoadEngine)
  /// A client that is deaf can be sent more.
  func writable(_ client: LoadClient, _ engine: LoadEngine)
  /// The server has ended a connection. Where this is false the load has failed.
  func lost(_ client: LoadClient, _ engine: LoadEngine) -> Bool
  /// Some time has passed.
  func tick(_ engine: LoadEngine)
}

extension LoadScenario {
  package var tickMilliseconds: UInt64 { 5 }
  package func tick(_ engine: LoadEngine) {}
  package func connected(_ client: LoadClient, _ engine: LoadEngine) -> Bool { true }
  package func received(_ payload: UnsafeRawBufferPointer, _ client: LoadClient, _ engine: LoadEngine) {}
  package func receivedRaw(_ bytes: UnsafeRawBufferPointer, _ client: LoadClient, _ engine: LoadEngine) {}
  package func allReady(_ engine: LoadEngine) {}
  package func writable(_ client: LoadClient, _ engine: LoadEngine) {}
  package func lost(_ client: LoadClient, _ engine: LoadEngine) -> Bool { false }
}
