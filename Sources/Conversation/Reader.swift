/// One connection's place in a session: what it has been given. All that it lacks is derived from that.
package final class Reader {
  /// What its connection is known by to whoever made it.
  package let token: UInt64
  /// The question whose answer it stays for; nil where it stays until its connection ends.
  package let question: MessageID?
  /// Whether it was given that answer to its end.
  var isServed = false
  /// Whether it has been sent its `welcome`.
  package internal(set) var isWelcomed = false
  /// The last version it was told.
  package internal(set) var version: Int64 = 0
  /// Whether its connection is gone: a page that is still on its way to it welcomes nobody.
  var isGone = false
  /// The answer that is streaming to it, and how much of that it was given.
  var streaming: AnswerBuffer?
  var offset = 0
  /// Whether it was told last that somebody else is typing.
  var isToldOfTyping = false
  /// What did not fit into its `welcome` or a page of messages that are finished.
  private(set) var tails: [Tail] = []

  struct Tail {
    let message: MessageID
    let content: [UInt8]
    var offset: Int
  }

  package init(token: UInt64, until question: MessageID? = nil) {
    self.token = token
    self.question = question
  }

  /// Where a client stands that has applied all that the reader was given; nil where that is no position.
  package var position: Position? {
    guard isWelcomed, tails.isEmpty else { return nil }
    return Position(version: version, streaming: streaming.map { .init(message: $0.message, offset: offset) })
  }

  /// It is to be given a message's content from an offset on. Where it was owed some of it already, it may stand there
  /// or here, for a client may keep what it knows of a message: the rest begins where the two leave no hole.
  func owe(_ message: Message, from offset: Int) {
    let owed = tails.first { $0.message == message.id }
    tails.removeAll { $0.message == message.id }
    tails.append(Tail(message: message.id, content: message.content, offset: min(offset, owed?.offset ?? offset)))
  }

  /// It was given so many bytes more of what it is owed first.
  func wasGiven(_ count: Int) {
    tails[0].offset += count
    if tails[0].offset == tails[0].content.count { tails.removeFirst() }
  }

  /// It is owed nothing: what it was owed was another connection's, or another page's.
  func forgetTails() { tails = [] }
}

/// Who asked for a change: its connection, and the mark on the frame that asked.
package struct Origin {
  package let reader: Reader
  package let ref: String?

  package init(reader: Reader, ref: String?) {
    self.reader = reader
    self.ref = ref
  }
}
