/// Why a connection is closed (RFC 6455 section 7.4 and the registry it founded).
package struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
  /// The number on the wire.
  package let rawValue: UInt16

  /// Any number, whether it may be sent or not.
  @inlinable
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The purpose is fulfilled.
  package static var normal: Self { Self(rawValue: 1000) }
  /// The server goes down, or the page went away.
  package static var goingAway: Self { Self(rawValue: 1001) }
  /// The peer broke the protocol.
  package static var protocolError: Self { Self(rawValue: 1002) }
  /// A kind of data that is not accepted.
  package static var unsupportedData: Self { Self(rawValue: 1003) }
  /// A close frame without a code; never sent.
  package static var noStatus: Self { Self(rawValue: 1005) }
  /// The connection ended without a close frame; never sent.
  package static var abnormal: Self { Self(rawValue: 1006) }
  /// Data that does not fit its type, as text that is not UTF-8.
  package static var invalidData: Self { Self(rawValue: 1007) }
  /// A rule of the server's own was broken.
  package static var policyViolation: Self { Self(rawValue: 1008) }
  /// A message is too big.
  package static var tooBig: Self { Self(rawValue: 1009) }
  /// The server failed.
  package static var internalError: Self { Self(rawValue: 1011) }
  /// The server restarts.
  package static var serviceRestart: Self { Self(rawValue: 1012) }
  /// The server is overloaded.
  package static var tryAgainLater: Self { Self(rawValue: 1013) }

  /// Too many frames: Skein's own code.
  package static var tooMany: Self { Self(rawValue: 4429) }

  /// Whether the code may stand in a close frame: the registered ones but 1004, 1005, 1006 and 1015, and the ranges for
  /// libraries (3000) and applications (4000).
  package var isAllowedInFrame: Bool {
    switch rawValue {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }
}
