/// What a session asks of whoever runs it. It does no I/O of its own.
package enum SessionAction {
  /// Hand to the journal.
  case commit(Change, Origin?)
  /// The answer has bytes that the journal has not been given: ask for them when the next group is made.
  case grown
  /// Read a page for a reader that binds, and give it to `bind(_:with:)`.
  case read(Binding)
  /// Read what other nodes have changed, however long the store may be away, and give it to `follow(_:now:)`.
  case follow(NewsRequest)
  /// Send one frame to one reader, at once.
  case send(Reader, [UInt8])
  /// Readers may lack something: `fill` them.
  case deliver
  /// Close a reader's connection.
  case close(Reader, CloseCode)
  /// Ask the agent for an answer, or for the rest of the one that is there.
  case run(question: Question, answer: MessageID)
  /// Let the agent know that its answer is over.
  case cancel(answer: MessageID)
  /// A call of a tool is noted: what the agent waits for before it goes on.
  case noted(answer: MessageID, call: String)
  /// A step of an agent's work is stored, or can't be: what the agent waits for before it goes on.
  case kept(answer: MessageID, step: Int64, isStored: Bool)
  /// What becomes of a call that waited for a person.
  case decided(answer: MessageID, call: String, verdict: ToolVerdict)
  /// The session is deleted: let go of it, after whoever reads it was told.
  case vanish
}

/// A reader on its way to its `welcome`.
package struct Binding {
  package let reader: Reader
  package let ref: String?
  /// Where the client stands; nil where it has to be given a fresh page.
  package var position: Position?
  /// How many messages a fresh page should hold.
  package let history: Int
  /// The token that the server made for the client.
  package let token: String?
  /// Whether the session was made for this client.
  package let created: Bool
  /// What to read.
  package var request: PageRequest
  var attempts = 0

  package init(
    reader: Reader, ref: String?, session: SessionID, position: Position?, history: Int, token: String?, created: Bool
  ) {
    self.reader = reader
    self.ref = ref
    self.position = position
    self.history = history
    self.token = token
    self.created = created
    request = PageRequest(session: session, since: position?.version, limit: position == nil ? history : Self.most)
  }

  /// Beyond so many changed messages a fresh page is cheaper.
  static let most = 200
  /// How many messages a client is given that does not say.
  static let usual = 50

  /// Gives up on resuming.
  mutating func startAfresh() {
    position = nil
    request = PageRequest(session: request.session, limit: history)
  }
}
