/// One answer in the making.
package final class Run {
  package let question: Question
  package let answer: MessageID
  package let buffer: AnswerBuffer
  /// The answer as it was created; nil until that is committed.
  package internal(set) var message: Message?
  /// Whether the journal has been given the run's beginning; bytes come after it.
  var isSubmitted = false
  /// Whether a stop is asked for.
  var isStopping = false
  /// How it ends, once that is on its way to the store.
  var completion: Completion?
  package var isEnding: Bool { completion != nil }
  /// When it began, in milliseconds since 1970.
  let startedAt: Int64
  /// Whether it was begun by a process that is gone: nobody writes it any more.
  let isOrphan: Bool

  init(question: Question, answer: MessageID, startedAt: Int64) {
    self.question = question
    self.answer = answer
    self.startedAt = startedAt
    buffer = AnswerBuffer(message: answer)
    isOrphan = false
  }

  init(orphan question: Question, answer: Message, isStopping: Bool) {
    self.question = question
    self.answer = answer.id
    self.isStopping = isStopping
    startedAt = answer.createdAt
    buffer = AnswerBuffer(message: answer.id, bytes: answer.content)
    var created = answer
    created.content = []
    message = created
    isSubmitted = true
    isOrphan = true
  }
}
