import Conversation

/// What a client has come for.
indirect enum Errand: Sendable {
  /// To talk, over a WebSocket.
  case talk
  /// To be told over plain HTTP what happens in a session, as a stream of events.
  case follow
  /// To send a message, and to be told that it is stored, or to be shown its answer as a stream of events.
  case send(ClientFrame.Send, showsAnswer: Bool)
  /// To stop an answer.
  case stop(ClientFrame.Stop)
  /// To have an answer made again.
  case retry(ClientFrame.Retry)
  /// To be given a ticket.
  case ticket

  /// Whether it begins with a `welcome`.
  var isReading: Bool {
    switch self {
    case .talk, .follow: true
    case .send, .stop, .retry, .ticket: false
    }
  }

  /// The question whose answer is to be shown; nil for none.
  var question: MessageID? {
    if case .send(let message, showsAnswer: true) = self { message.id } else { nil }
  }

  /// Whether it ends with one answer.
  var isBrief: Bool {
    switch self {
    case .talk, .follow, .send(_, showsAnswer: true): false
    case .send, .stop, .retry, .ticket: true
    }
  }
}
