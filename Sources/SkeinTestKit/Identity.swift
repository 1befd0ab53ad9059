import Conversation
package import JSONWire

/// Who a test's client is: a session and the token that owns it.
package struct Identity: Sendable, Equatable {
  package var session: String
  package var token: String

  package init(session: String, token: String) {
    self.session = session
    self.token = token
  }

  /// A new visitor with a new session.
  package static func random() -> Identity {
    var generator = SystemRandomNumberGenerator()
    return Identity(session: SessionID.random(using: &generator).text, token: Self.token())
  }

  /// A new visitor's token.
  package static func token() -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-".utf8)
    return String(decoding: (0..<43).map { _ in letters[Int.random(in: 0..<64)] }, as: UTF8.self)
  }

  /// The members that a `hello` of this visitor has.
  package var fields: [(String, JSONValue)] { [("session", .string(session)), ("token", .string(token))] }
}

extension JSONValue {
  /// A new message id.
  package static func messageID() -> String {
    var generator = SystemRandomNumberGenerator()
    return MessageID.random(using: &generator).description
  }
}
