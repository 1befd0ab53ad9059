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

/// A position as the id of a server-sent event: `V`, or `V:ID:N`.
extension Position {
  /// Nil where the text is none.
  package init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 1 || parts.count == 3, let version = Self.counter(parts[0]) else { return nil }
    self.init(version: version)
    guard parts.count == 3 else { return }
    guard let message = MessageID(parts[1]), let offset = Self.counter(parts[2]) else { return nil }
    streaming = Streaming(message: message, offset: Int(offset))
  }

  package var text: String {
    streaming.map { "\(version):\($0.message):\($0.offset)" } ?? "\(version)"
  }

  private static func counter(_ digits: Substring.UTF8View) -> Int64? {
    guard digits.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int64(Substring(digits)), value < 1 << 53
    else {
      return nil
    }
    return value
  }
}
