import JSONWire
import SkeinTestKit

/// What was promised to the clients of one session, held against what the database has.
package struct Comparison {
  private let stored: StoredSession
  private let witnesses: [Witness]
  private let byID: [String: StoredMessage]
  private let asked: [String: Question]
  /// Answers that somebody wanted made again, by the ids of the new ones.
  private let retried: [String: String]
  private var differences: [Difference] = []

  /// - Parameters:
  ///   - session: the session's id.
  ///   - stored: nil where the database has none.
  ///   - witnesses: the clients of the session.
  /// - Returns: whatever is not as it was promised.
  package static func differences(
    session: String, stored: StoredSession?, witnesses: [Witness]
  ) -> [Difference] {
    guard let stored else {
      let told = witnesses.filter { $0.evidence.version != nil || !$0.acknowledged.isEmpty }
      return told.map { Difference(session: session, client: $0.name, "the session is not stored") }
    }
    var comparison = Comparison(stored, witnesses)
    comparison.checkVersions()
    comparison.checkQuestions()
    comparison.checkAnswers()
    for witness in witnesses {
      comparison.checkAcknowledged(witness)
      comparison.checkShown(witness)
      comparison.checkTranscript(witness)
    }
    return comparison.differences
  }

  private init(_ stored: StoredSession, _ witnesses: [Witness]) {
    self.stored = stored
    self.witnesses = witnesses
    byID = Dictionary(stored.messages.map { ($0.id, $0) }) { first, _ in first }
    asked = witnesses.reduce(into: [:]) { $0.merge($1.asked) { first, _ in first } }
    retried = witnesses.reduce(into: [:]) { $0.merge($1.retried) { first, _ in first } }
  }

  private mutating func differs(_ sentence: String, _ witness: Witness? = nil) {
    differences.append(Difference(session: stored.id, client: witness?.name, sentence))
  }

  // MARK: The database by itself

  /// Each version is one change: a message's creation, an answer's completion, the mark that it was replaced, an update
  /// of the session.
  private mutating func checkVersions() {
    var changes: [Int64: Int] = [:]
    // The rows of answers that were replaced do not tell any more which versions completed them.
    var hidden = 0
    for message in stored.messages {
      changes[message.createdVersion, default: 0] += 1
      if message.version != message.createdVersion { changes[message.version, default: 0] += 1 }
      if message.replacedBy != nil { hidden += 1 }
    }
    for (version, count) in changes.sorted(by: { $0.key < $1.key }) {
      if count > 1 { differs("version \(version) belongs to \(count) changes") }
      if version < 1 || version > stored.version {
        differs("a message has version \(version), the session is at \(stored.version)")
      }
    }
    let updates = Int(stored.version) - changes.count - hidden
    let tried = witnesses.map(\.updatesTried).reduce(0, +)
    let done = witnesses.map(\.updatesDone).reduce(0, +)
    if updates < done { differs("\(done) updates were answered, and there are versions for \(updates)") }
    if updates > tried {
      differs("version \(stored.version) has \(updates) changes besides messages, and \(tried) updates were sent")
    }
  }

  private mutating func checkQuestions() {
    let answered = Set(stored.messages.compactMap(\.replyTo))
    let mayDrop = witnesses.contains(where: \.hasDropped)
    for message in stored.messages where message.role == "user" {
      guard let question = asked[message.id] else {
        differs("the message \(message.id) is stored, and nobody has sent it")
        continue
      }
      if !message.content.elementsEqual(question.content.utf8) {
        differs("the message \(message.id) is stored with another content")
      }
      if !answered.contains(message.id), !mayDrop { differs("the message \(message.id) was never answered") }
    }
  }

  private mutating func checkAnswers() {
    var answered: Set<String> = []
    for message in stored.messages where message.role != "user" {
      let place = "the answer \(message.id)"
      guard message.role == "assistant", let replyTo = message.replyTo, let question = asked[replyTo] else {
        differs("\(place) (\(message.role)) answers nothing that was asked")
        continue
      }
      checkReplacement(message)
      if message.replacedBy == nil, !answered.insert(replyTo).inserted {
        differs("\(replyTo) is answered twice, again by \(message.id)")
      }
      if byID[replyTo].map({ $0.createdVersion < message.createdVersion }) != true {
        differs("\(place) is older than its question")
      }
      if !question.answer.starts(with: message.content) {
        differs("\(place) has a text that its agent never wrote: \(Self.excerpt(message.content))")
      }
      switch (message.status, message.reason) {
      case ("complete", nil):
        if message.content.count != question.answer.count {
          differs("\(place) is complete with \(message.content.count) of \(question.answer.count) bytes")
        }
      case ("stopped", "user"?) where witnesses.contains(where: \.hasStopped): break
      case ("stopped", "interrupt"?) where witnesses.contains(where: \.hasInterrupted): break
      case ("interrupted", nil): break
      default: differs("\(place) is \(message.status), reason \(message.reason ?? "none")")
      }
    }
  }

  /// An answer is replaced by the one that was made again for it, in the version before that.
  private mutating func checkReplacement(_ message: StoredMessage) {
    if let replaced = retried[message.id], byID[replaced]?.replacedBy != message.id {
      differs("the answer \(message.id) was made again for \(replaced), which is not replaced by it")
    }
    guard let id = message.replacedBy else { return }
    guard retried[id] == message.id else {
      return differs("the answer \(message.id) is replaced by \(id), and nobody wanted that")
    }
    guard let next = byID[id], next.replyTo == message.replyTo, next.createdVersion == message.version + 1 else {
      return differs("the answer \(message.id) is replaced by \(id), which does not follow it")
    }
  }

  // MARK: What clients were told

  private mutating func checkAcknowledged(_ witness: Witness) {
    for (id, version) in witness.acknowledged.sorted(by: { $0.value < $1.value }) {
      guard let message = byID[id] else {
        differs("the message \(id) was accepted as version \(version), and is not stored", witness)
        continue
      }
      if message.createdVersion != version || message.role != (witness.asked[id] == nil ? "assistant" : "user") {
        differs(
          "the message \(id) was accepted as version \(version), and is stored as \(message.role), version "
            + "\(message.createdVersion)", witness)
      }
    }
    for id in witness.refused.sorted() where byID[id] != nil {
      differs("the message \(id) was refused, and is stored", witness)
    }
  }

  private mutating func checkShown(_ witness: Witness) {
    if let version = witness.evidence.version, version > stored.version {
      differs("version \(version) was told, and the session is at \(stored.version)", witness)
    }
    for (id, shown) in witness.evidence.shown.sorted(by: { $0.value.createdVersion < $1.value.createdVersion }) {
      guard let message = byID[id] else {
        differs("\(id) (\(shown.role), version \(shown.createdVersion)) was shown, and is not stored", witness)
        continue
      }
      // Who has not been told of its end may have more of it.
      let isLost = witness.evidence.mayLack(message.status) && shown.bytes.starts(with: message.content)
      if !message.content.starts(with: shown.bytes), !isLost {
        let place = zip(message.content, shown.bytes).enumerated().first { $0.element.0 != $0.element.1 }?.offset
        differs(
          "\(id) was shown with \(shown.bytes.count) bytes and is stored with \(message.content.count), differing "
            + "from byte \(place ?? min(message.content.count, shown.bytes.count)) on", witness)
      }
      if message.createdVersion != shown.createdVersion || message.role != shown.role
        || message.replyTo != shown.replyTo
      {
        differs("\(id) was shown as version \(shown.createdVersion), stored as \(message.createdVersion)", witness)
      }
      guard let final = shown.final else { continue }
      if message.status != final || message.version != shown.version {
        differs(
          "\(id) was \(final) at version \(shown.version), and is stored as \(message.status) at \(message.version)",
          witness)
      }
    }
  }

  private mutating func checkTranscript(_ witness: Witness) {
    guard witness.isCaughtUp else { return differs("the client could not catch up", witness) }
    let transcript = witness.transcript
    if transcript.version != stored.version {
      differs("the client ends at version \(transcript.version ?? -1), the session at \(stored.version)", witness)
    }
    if transcript.title.string != stored.title { differs("the client ends with another title", witness) }
    let context = (transcript.context.object?.members ?? []).map { ($0.key, $0.value.string ?? "") }
    if Dictionary(context, uniquingKeysWith: { $1 }) != stored.context {
      differs("the client ends with another context", witness)
    }
    let ends = transcript.messages.map { message in
      StoredMessage(
        id: message.id, createdVersion: message.createdVersion, version: message.version, role: message.role,
        status: message.status, reason: message.reason, replyTo: message.replyTo, replacedBy: message.replacedBy,
        content: message.content)
    }
    if ends.map(\.id) != stored.messages.map(\.id) {
      let lacking = Set(stored.messages.map(\.id)).subtracting(ends.map(\.id)).sorted()
      let odd = Set(ends.map(\.id)).subtracting(stored.messages.map(\.id)).sorted()
      return differs(
        "the client ends with \(ends.count) messages of \(stored.messages.count); lacking \(lacking.prefix(3)), "
          + "unknown \(odd.prefix(3))", witness)
    }
    for (end, message) in zip(ends, stored.messages) where end != message {
      differs("the client ends with \(Self.line(end)), stored is \(Self.line(message))", witness)
    }
  }

  private static func line(_ message: StoredMessage) -> String {
    "\(message.id) \(message.role) \(message.status) \(message.reason ?? "-") versions \(message.createdVersion), "
      + "\(message.version), \(message.content.count) bytes"
  }

  private static func excerpt(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes.suffix(60), as: UTF8.self)
    return "\(bytes.count) bytes ending with \(text.debugDescription)"
  }
}
