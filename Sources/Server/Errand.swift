import Conversation

/// What a client has come for.
indirect enum Errand: Sendable {
  /// To talk, over a WebSocket.
  case talk
  /// To be told over plain HTTP what happens in a session, as a stream of events.
  case follow
  /// To send a message, and to be told what comes of it.
  case send(ClientFrame.Send, Showing)
  /// To stop an answer.
  case stop(ClientFrame.Stop)
  /// To have an answer made again.
  case retry(ClientFrame.Retry)
  /// To decide what becomes of a call that waits.
  case decide(ClientFrame.Decide)
  /// To be given a ticket.
  case ticket

  /// What a sender is shown.
  enum Showing: Sendable {
    /// That the message is stored.
    case acceptance
    /// The answer as it is made, as a stream of events.
    case stream
    /// The answer once it is final.
    case answer(ChatReply)
  }

  /// Whether it begins with a `welcome`.
  var isReading: Bool {
    switch self {
    case .talk, .follow: true
    case .send, .stop, .retry, .decide, .ticket: false
    }
  }

  /// The question whose answer is to be shown; nil for none.
  var question: MessageID? {
    switch self {
    case .send(let message, .stream), .send(let message, .answer): message.id
    default: nil
    }
  }

  /// Whether it ends with one answer.
  var isBrief: Bool {
    switch self {
    case .talk, .follow, .send(_, .stream), .send(_, .answer): false
    case .send, .stop, .retry, .decide, .ticket: true
    }
  }
}
