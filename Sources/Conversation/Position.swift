/// Where a client stands: every change up to `version` is applied, and the first `offset` bytes of the message that is
/// streaming.
package struct Position: Sendable, Equatable {
  package var version: Int64
  package var streaming: Streaming?

  /// The message that is streaming, and how much of it the client has.
  package struct Streaming: Sendable, Equatable {
    package var message: MessageID
    /// In UTF-8 bytes, between two scalars.
    package var offset: Int

    package init(message: MessageID, offset: Int) {
      self.message = message
      self.offset = offset
    }
  }

  package init(version: Int64, streaming: Streaming? = nil) {
    self.version = version
    self.streaming = streaming
  }
}
