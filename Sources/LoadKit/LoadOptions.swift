package import WebSocketWire

/// How the clients of a load connect.
package struct LoadOptions: Sendable {
  /// What is offered in the handshake.
  package var subprotocols: [String] = []
  /// What is offered of permessage-deflate; a server that does not take it fails the load.
  package var deflate: WebSocketDeflateOffer?
  /// Whether a client that takes another's place resumes its TLS session.
  package var resumesSessions = false
  /// The address of the loopback network that the clients come from: so many behind 127.0.0.1.
  package var source = 0
  /// The size of the kernel's buffers for a client's socket, each way, in bytes; nil: as the kernel likes.
  package var socketBytes: Int?
  /// Whether what is sent leaves at the end of a turn of the loop, all together: a server is woken once for many messages
  /// then, and the generator can do more. The wait counts as latency.
  package var gathersSends = false

  /// Another server that clients go to instead, where their place in turns of `turn` is not the first.
  package var other: (target: LoadTarget, turn: Int)?

  package init(subprotocols: [String] = []) { self.subprotocols = subprotocols }
}
