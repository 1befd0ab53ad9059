import JSONWire

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
  /// What a model has counted so far, and the sources so far: they are the answer's, however it ends.
  var usage: Usage?
  var citations: [Citation] = []
  /// When it began, in milliseconds since 1970.
  let startedAt: Int64
  /// Whether another node has begun it: its bytes come from the store, and it is that node's to end, unless that is gone.
  var isForeign: Bool
  /// Whether its lease is this node's, as far as is known.
  var isMine: Bool
  /// How often it was taken over from a node that was gone.
  package internal(set) var takeovers: Int64 = 0
  /// The calls of tools that it tells of.
  var calls = ToolCalls()
  /// The same, as far as that is committed.
  var told = ToolCalls()
  /// Whether it may have had calls that are not known here.
  var mayHaveCalled = false
  /// How often something was thought here that is shown.
  var thoughts = 0
  /// What is to be noted, in order; the first of it is on its way to the store where something is.
  var notes: [(part: Change.Part, object: JSONObject, within: Int64?)] = []
  var isNoting = false
  /// How many steps of its agent's work were handed to the journal here, and how large they are, in bytes.
  var steps: Int64 = 0
  var stepBytes = 0
  /// How many of them are on their way to the store.
  var stepsInJournal = 0
  /// When its bytes may be shown by the node that has begun it.
  var durability: Durability

  init(question: Question, answer: MessageID, startedAt: Int64, durability: Durability) {
    self.question = question
    self.answer = answer
    self.startedAt = startedAt
    self.durability = durability
    buffer = AnswerBuffer(message: answer, durability: durability)
    isForeign = false
    isMine = true
  }

  init(foreign stored: StoredRun, answer: Message, buffer: AnswerBuffer? = nil) {
    question = stored.question
    self.answer = answer.id
    isStopping = stored.stopping
    durability = stored.durability
    startedAt = answer.createdAt
    self.buffer = buffer ?? AnswerBuffer(message: answer.id, bytes: answer.content)
    var created = answer
    created.content = []
    message = created
    isSubmitted = true
    isForeign = true
    isMine = stored.isMine
    takeovers = stored.takeovers
    calls = ToolCalls(answer.tools)
    told = calls
  }
}
