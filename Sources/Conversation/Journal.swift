/// What waits to be committed on a loop, without any I/O. The next group takes all of it: an idle server commits at once,
/// a busy one in larger groups.
package struct Journal {
  /// A change, and who is told what became of it.
  package struct Entry {
    package let change: Change
    package let session: LiveSession?
    package let origin: Origin?
    package let completion: ((Outcome) -> Void)?

    /// Whether somebody asks for it, who can be told to ask again.
    package var isRequest: Bool { origin != nil || completion != nil }
  }

  private var entries: [Entry] = []
  private var growing: [LiveSession] = []
  /// Whether a group is on its way.
  package private(set) var isCommitting = false

  package init() {}

  /// Whether nothing waits, and nothing is on its way.
  package var isEmpty: Bool { entries.isEmpty && growing.isEmpty && !isCommitting }

  /// Adds a change of a session.
  package mutating func submit(_ change: Change, of session: LiveSession, from origin: Origin?) {
    entries.append(Entry(change: change, session: session, origin: origin, completion: nil))
  }

  /// Adds a change that no session in memory has asked for.
  package mutating func submit(_ change: Change, completion: @escaping (Outcome) -> Void) {
    entries.append(Entry(change: change, session: nil, origin: nil, completion: completion))
  }

  /// Notes a session with bytes that are not committed; they are taken when the group is made, so that what is written
  /// meanwhile comes along in one piece.
  package mutating func note(_ session: LiveSession) {
    guard !session.isGrowing else { return }
    session.isGrowing = true
    growing.append(session)
  }

  /// A group, and whose its parts are.
  package struct Batch {
    package let entries: [Entry]
    package let growing: [LiveSession]
    package let group: Group
  }

  /// Takes the next group, where none is on its way.
  /// - Parameters:
  ///   - limit: how many changes it may hold; bytes of answers come in addition.
  ///   - isShared: whether there are other nodes.
  package mutating func next(limit: Int, isShared: Bool) -> Batch? {
    guard !isCommitting, !entries.isEmpty || !growing.isEmpty else { return nil }
    let taken = Array(entries.prefix(limit))
    entries.removeFirst(taken.count)
    // An answer whose beginning did not fit has no row yet that its bytes could belong to.
    var late: Set<ObjectIdentifier> = []
    for entry in entries {
      if case .begin = entry.change, let session = entry.session { late.insert(ObjectIdentifier(session)) }
    }
    var owners: [LiveSession] = []
    var growths: [Growth] = []
    var waiting: [LiveSession] = []
    for session in growing {
      guard !late.contains(ObjectIdentifier(session)) else {
        waiting.append(session)
        continue
      }
      session.isGrowing = false
      guard let growth = session.takeGrowth() else { continue }
      owners.append(session)
      growths.append(growth)
    }
    growing = waiting
    guard !taken.isEmpty || !growths.isEmpty else { return nil }
    isCommitting = true
    let requests = Set(taken.indices.filter { taken[$0].isRequest })
    return Batch(
      entries: taken, growing: owners,
      group: Group(changes: taken.map(\.change), growths: growths, isShared: isShared, requests: requests))
  }

  /// Takes out what somebody asks for, and what is not on its way.
  package mutating func takeRequests() -> [Entry] {
    let requests = entries.filter(\.isRequest)
    if !requests.isEmpty { entries.removeAll(where: \.isRequest) }
    return requests
  }

  /// The group that was on its way is settled.
  package mutating func finished() { isCommitting = false }
}
