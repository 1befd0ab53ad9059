package import SkeinTestKit

/// What one client has to say at the end.
package struct Witness: Sendable {
  /// How it is called in what is told of it.
  package var name: String
  package var evidence: Evidence
  /// What it has after it has loaded everything.
  package var transcript = Transcript()
  /// Whether it could load everything in time.
  package var isCaughtUp = true
  /// Everything that it ever sent, by id.
  package var asked: [String: Question] = [:]
  /// Answers that it wanted made again, by the ids of the new ones.
  package var retried: [String: String] = [:]
  /// The versions of the messages that were accepted, the answers that were to be made again among them, by id.
  package var acknowledged: [String: Int64] = [:]
  /// Messages that were sent once, and refused.
  package var refused: Set<String> = []
  /// `session.update`: how many were sent, and how many answered.
  package var updatesTried = 0
  package var updatesDone = 0
  /// Whether it has ever stopped an answer, dropped questions that waited, interrupted an answer.
  package var hasStopped = false
  package var hasDropped = false
  package var hasInterrupted = false

  /// - Parameter toleratesLoss: whether the servers show text before it is committed.
  package init(_ name: String, toleratesLoss: Bool = false) {
    self.name = name
    evidence = Evidence(toleratesLoss: toleratesLoss)
  }
}

/// Something that is not as it was promised.
package struct Difference: Sendable, Equatable, CustomStringConvertible {
  package let session: String
  /// The client that tells of it; nil where the database alone does.
  package let client: String?
  package let sentence: String

  package init(session: String, client: String?, _ sentence: String) {
    self.session = session
    self.client = client
    self.sentence = sentence
  }

  package var description: String { "\(session)\(client.map { ", \($0)" } ?? ""): \(sentence)" }
}
