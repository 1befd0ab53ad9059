/// One version of a session, as it is told to its readers.
struct SessionEvent {
  let version: Int64
  let frame: [UInt8]
  /// The same with the asker's `ref`, for the asker alone.
  var answer: (reader: Reader, frame: [UInt8])?
  /// The answer that begins, or that must have been given whole before this is told.
  var begins: AnswerBuffer?
  var ends: AnswerBuffer?
  /// The question whose answer ends by this.
  var answers: MessageID?

  init(version: Int64, frame: [UInt8]) {
    self.version = version
    self.frame = frame
  }
}
