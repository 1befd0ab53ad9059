/// What a decoder has found whole: a message, or a control frame.
package struct WebSocketEvent {
  /// The kinds of event.
  package enum Kind: Sendable {
    /// A text message, its UTF-8 checked (unless it is compressed).
    case text
    /// A binary message.
    case binary
    /// A ping: to be answered with a pong of the same payload.
    case ping
    /// A pong.
    case pong
    /// The peer's close frame, checked. Nothing follows it.
    case close
  }

  /// What it is.
  package let kind: Kind
  /// Whether the message is compressed (RFC 7692: RSV1 was set). Its payload is then the compressed bytes, as they came,
  /// and its text still unchecked.
  package let isCompressed: Bool
  /// The code of a close frame; `noStatus` where it has none.
  package let closeCode: WebSocketCloseCode
  /// The payload, unmasked; for a close frame its reason, which is valid UTF-8. It lies in the input or in memory of the
  /// decoder's, and ends to be valid with the next call of either.
  package let payload: UnsafeRawBufferPointer

  init(
    _ kind: Kind, _ payload: UnsafeRawBufferPointer, isCompressed: Bool = false,
    closeCode: WebSocketCloseCode = .noStatus
  ) {
    self.kind = kind
    self.payload = payload
    self.isCompressed = isCompressed
    self.closeCode = closeCode
  }
}

/// Whether a decoder goes on after an event.
package enum WebSocketFlow: Sendable {
  /// Go on with the bytes that follow.
  case proceed
  /// Leave the bytes that follow where they are, for a later call or for somebody else.
  case stop
}
