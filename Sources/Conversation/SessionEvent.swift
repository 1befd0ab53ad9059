/// One version of a session, as it is told to its readers.
struct SessionEvent {
  let version: Int64
  var frame: [UInt8]
  /// The same with the asker's `ref`, for the asker alone.
  var answer: (reader: Reader, frame: [UInt8])?
  /// The asker's mark on what it has asked for.
  var ref: String?
  /// Whether it tells a part of what may change of a finished message.
  var isMark = false
  /// The answer that begins, or that must have been given whole before this is told.
  var begins: AnswerBuffer?
  var ends: AnswerBuffer?
  /// The answer whose call of a tool it tells of; once that has ended, nothing is told of its calls.
  var calls: MessageID?
  /// Whether its version may be that of a later change of the same message: a change that was committed already, and is
  /// committed again since the answer to that was lost, tells the version which the message has then.
  var mayBeLater = false
  /// The question whose answer ends by this.
  var answers: MessageID?

  init(version: Int64, frame: [UInt8]) {
    self.version = version
    self.frame = frame
  }

  /// The same, with all that may change of the message: some of it has changed in a version that nobody can tell any more.
  func telling(whole message: Message) -> SessionEvent {
    var event = SessionEvent(version: version, frame: ServerFrame.updated(message, version: version))
    event.calls = calls
    if let answer {
      event.answer = (answer.reader, ServerFrame.updated(message, version: version, ref: ref))
    }
    return event
  }
}
