import Conversation
import HTTPWire
import JSONWire
import Transport

/// What requests for sessions say.
extension APICall {
  /// The session that the path names.
  var session: SessionID {
    get throws(Problem) {
      guard let id = SessionID(value("id")) else { throw .badField("session: 16 to 64 of A-Z a-z 0-9 _ -") }
      return id
    }
  }

  /// A parameter of the query that PostgreSQL can store, of at most so many characters.
  func text(_ name: String, characters: Int) throws(Problem) -> String? {
    guard let text = head.queryValue(name), !text.isEmpty else { return nil }
    guard text.unicodeScalars.count <= characters, !text.utf8.contains(0) else {
      throw .badField("\(name): at most \(characters) characters, without U+0000")
    }
    return text
  }

  /// The place to go on from; nil for the beginning.
  func cursor(of list: PageCursor.List, count: Int) throws(Problem) -> PageCursor? {
    guard let text = head.queryValue("cursor") else { return nil }
    guard let cursor = PageCursor(text, of: list, count: count) else {
      throw .badField("cursor: as a page has told it")
    }
    return cursor
  }

  /// The content as the frame of a WebSocket that would ask for the same.
  func frame(_ type: String, _ limits: Limits) throws(Problem) -> ClientFrame.Body {
    do throws(ProtocolError) {
      return try ClientFrame(decoding: request.content.span.bytes, as: type, limits: limits).body
    } catch {
      throw Problem(error)
    }
  }

  /// A parameter of the query that is true or false; absent: false.
  func flag(_ name: String) throws(Problem) -> Bool {
    switch head.queryValue(name) {
    case nil, "false": false
    case "true": true
    default: throw .badField("\(name): true or false")
    }
  }
}
