import Conversation
import Postgres

/// A group as the rows of one statement for each kind of change, and the answers back as outcomes.
struct GroupBatch {
  /// What the rows of a step's answer say.
  private enum Answer {
    case created, accepted, versioned, growths, kept, retried, rated, decided, nothing
  }

  private(set) var steps: [(PostgresStatement, [PostgresValue])] = []
  private var answers: [(Answer, [Int])] = []
  private let changes: Int
  private let growths: Int
  /// The changes that have happened once they were executed, whatever was answered.
  private var settled: [Int] = []
  private var createdAt: [Int: Int64] = [:]

  /// - Parameter isRepeated: whether some of it may be stored already.
  init(_ group: Group, isRepeated: Bool, node: UUIDValue, lease: Int64) {
    changes = group.changes.count
    growths = group.growths.count
    var creations: [(Int, Change.Creation)] = []
    var acceptances: [(Int, Change.Acceptance)] = []
    var beginnings: [(Int, Change.Beginning)] = []
    var endings: [(Int, Change.Ending)] = []
    var retries: [(Int, Change.Retry)] = []
    var updates: [(Int, Change.Update)] = []
    var ratings: [(Int, Change.Rating)] = []
    var stops: [(Int, Change.Stopping)] = []
    var notes: [(Int, Change.Noting)] = []
    var keepings: [(Int, Change.Keeping)] = []
    var decisions: [(Int, Change.Deciding)] = []
    var deletions: [(Int, Change.Deletion)] = []
    for (index, change) in group.changes.enumerated() {
      switch change {
      case .create(let creation): creations.append((index, creation))
      case .accept(let acceptance): acceptances.append((index, acceptance))
      case .begin(let beginning): beginnings.append((index, beginning))
      case .complete(let ending): endings.append((index, ending))
      case .retry(let retry): retries.append((index, retry))
      case .update(let update): updates.append((index, update))
      case .rate(let rating): ratings.append((index, rating))
      case .stop(let stopping): stops.append((index, stopping))
      case .note(let noting): notes.append((index, noting))
      case .keep(let keeping): keepings.append((index, keeping))
      case .decide(let deciding): decisions.append((index, deciding))
      case .delete(let deletion): deletions.append((index, deletion))
      }
    }
    let node = PostgresValue.uuid(node)
    steps.append((Statements.settings, []))
    answers.append((.nothing, []))
    add(Statements.lock, Self.locked(group), .nothing) { keys in [.int8s(keys.map(\.rawValue))] }
    add(Statements.create, creations, .created) { rows in Self.columns(rows) }
    add(Statements.accept, acceptances, .accepted) { rows in Self.columns(rows) + [node, .int8(lease)] }
    add(Statements.begin, beginnings, .versioned) { rows in Self.columns(rows) + [node] }
    let growths = Array(group.growths.enumerated()).map { ($0.offset, $0.element) }
    add(isRepeated ? Statements.growAgain : Statements.grow, growths, .growths) { rows in
      Self.columns(rows) + [node]
    }
    add(Statements.keep, keepings, .kept) { rows in Self.columns(rows) + [node] }
    // Before the end, behind which nothing is this node's to note.
    add(Statements.note, notes, .versioned) { rows in Self.columns(rows) + [node] }
    add(Statements.decide, decisions, .decided) { rows in Self.columns(rows) }
    add(Statements.complete, endings, .versioned) { rows in Self.columns(rows) + [node] }
    add(Statements.forgetSteps, endings.filter { $0.1.hasSteps }, .nothing) { rows in
      [.int8s(rows.map(\.session.rawValue)), .uuids(rows.map(\.answer.uuid))]
    }
    add(Statements.retry, retries, .retried) { rows in Self.columns(rows) + [node, .int8(lease)] }
    add(Statements.update, updates, .versioned) { rows in Self.columns(rows) }
    add(Statements.rate, ratings, .rated) { rows in Self.columns(rows) }
    add(Statements.stop, stops, .nothing) { rows in
      [.int8s(rows.map(\.session.rawValue)), .uuids(rows.map(\.question.uuid))]
    }
    let dropped = stops.flatMap { stop in stop.1.dropped.map { (stop.0, (stop.1.session, $0)) } }
    add(Statements.drop, dropped, .nothing) { rows in
      [.int8s(rows.map(\.0.rawValue)), .uuids(rows.map(\.1.uuid))]
    }
    // Last: what the group has begun before goes too.
    add(Statements.delete, deletions, .versioned) { rows in [.int8s(rows.map(\.session.rawValue))] }
    settled = stops.map(\.0)
  }

  /// The sessions to be locked before anything is decided: those in which runs begin, or calls are decided; and all, where another node may
  /// change some of them in another order, since each would wait for the other.
  private static func locked(_ group: Group) -> [(Int, SessionKey)] {
    var keys: Set<SessionKey> = []
    for change in group.changes {
      guard case .session(let key) = change.owner else { continue }
      switch change {
      case .begin, .retry, .decide: keys.insert(key)
      default: if group.isShared { keys.insert(key) }
      }
    }
    return keys.map { (0, $0) }
  }

  private mutating func add<Row>(
    _ statement: PostgresStatement, _ rows: [(Int, Row)], _ answer: Answer, _ columns: ([Row]) -> [PostgresValue]
  ) {
    guard !rows.isEmpty else { return }
    steps.append((statement, columns(rows.map(\.1))))
    answers.append((answer, rows.map(\.0)))
  }

  /// - Parameter results: the answers to `steps`, in their order.
  func outcome(_ results: [PostgresRows]) throws(PostgresError) -> GroupOutcome {
    var outcome = GroupOutcome(
      changes: Array(repeating: .refused, count: changes), growths: Array(repeating: .refused, count: growths))
    for index in settled { outcome.changes[index] = .committed(version: 0, createdAt: 0) }
    for (rows, (answer, indices)) in zip(results, answers) where answer != .nothing {
      for row in 0..<rows.count {
        // SQL counts from one.
        let index = indices[Int(try rows.int(row, 0)) - 1]
        switch answer {
        case .created:
          outcome.changes[index] = .created(SessionKey(rawValue: try rows.int(row, 1)))
        case .accepted:
          let (version, createdAt) = (try rows.int(row, 1), try rows.milliseconds(row, 2))
          outcome.changes[index] =
            rows.isNull(row, 3)
            ? .committed(version: version, createdAt: createdAt)
            : .duplicate(version: version, createdAt: createdAt, role: try rows.role(row, 3))
        case .versioned:
          outcome.changes[index] = .committed(
            version: try rows.int(row, 1), createdAt: rows.columns > 2 ? try rows.milliseconds(row, 2) : 0)
        case .retried:
          outcome.changes[index] = try rows.retryOutcome(row)
        case .rated:
          outcome.changes[index] = try rows.ratingOutcome(row)
        case .decided:
          outcome.changes[index] = try rows.decisionOutcome(row)
        case .growths:
          outcome.growths[index] = .committed(version: 0, createdAt: 0)
        case .kept:
          outcome.changes[index] = .committed(version: 0, createdAt: 0)
        case .nothing: break
        }
      }
    }
    return outcome
  }
}

/// The parameters of each kind's statement, up to those that are the same for all rows.
extension GroupBatch {
  private static func columns(_ rows: [Change.Creation]) -> [PostgresValue] {
    [
      .texts(rows.map(\.id.text)), .int8s(rows.map(\.site)), .int8s(rows.map(\.agent)), .byteas(rows.map(\.owner)),
      .texts(rows.map(\.visitor.name)), .texts(rows.map(\.visitor.email)), .texts(rows.map(\.visitor.locale)),
      .texts(rows.map(\.visitor.page)), .texts(rows.map(\.visitor.referrer)), .texts(rows.map(\.address)),
      .timestamptzs(rows.map { $0.createdAt * 1000 }), .int8s(rows.map(\.user)), .texts(rows.map(\.subject)),
    ]
  }

  private static func columns(_ rows: [Change.Acceptance]) -> [PostgresValue] {
    [
      .int8s(rows.map(\.session.rawValue)), .uuids(rows.map(\.id.uuid)), .utf8s(rows.map(\.content)),
      .jsonbs(rows.map { $0.metadata.orNull }), .timestamptzs(rows.map { $0.createdAt * 1000 }),
      .bools(rows.map(\.interrupts)),
      .bools(rows.map(\.onlyDuplicate)),
    ]
  }

  private static func columns(_ rows: [Change.Beginning]) -> [PostgresValue] {
    [
      .int8s(rows.map(\.session.rawValue)), .uuids(rows.map(\.question.uuid)), .uuids(rows.map(\.answer.uuid)),
      .timestamptzs(rows.map { $0.createdAt * 1000 }), .bools(rows.map { $0.durability == .relaxed }),
    ]
  }

  private static func columns(_ rows: [Growth]) -> [PostgresValue] {
    [
      .int8s(rows.map(\.session.rawValue)), .uuids(rows.map(\.answer.uuid)), .int8s(rows.map { Int64($0.offset) }),
      .utf8s(rows.map(\.bytes)), .int8s(rows.map(\.takeovers)),
    ]
  }

  private static func columns(_ rows: [Change.Ending]) -> [PostgresValue] {
    [
      .int8s(rows.map(\.session.rawValue)), .uuids(rows.map(\.question.uuid)), .uuids(rows.map(\.answer.uuid)),
      .utf8s(rows.map(\.content)), .texts(rows.map(\.completion.status.rawValue)),
      .texts(rows.map(\.completion.reason?.rawValue)), .texts(rows.map(\.completion.error?.code)),
      .texts(rows.map(\.completion.error?.message)), .jsonbs(rows.map { $0.completion.tools.orNull }),
      .jsonbs(rows.map { $0.completion.citationsJSON.orNull }), .int8s(rows.map(\.completion.usage?.inputTokens)),
      .int8s(rows.map(\.completion.usage?.outputTokens)), .int8s(rows.map(\.completion.processingMilliseconds)),
      .int8s(rows.map(\.takeovers)), .int8s(rows.map(\.completion.usage?.storedCachedTokens)),
      .int8s(rows.map(\.completion.usage?.cost?.picos)), .texts(rows.map(\.completion.usage?.cost?.currency)),
      .bools(rows.map(\.completion.usage?.storedEstimate)),
    ]
  }

  private static func columns(_ rows: [Change.Retry]) -> [PostgresValue] {
    [
      .int8s(rows.map(\.session.rawValue)), .uuids(rows.map(\.replaced.uuid)), .uuids(rows.map(\.answer.uuid)),
      .timestamptzs(rows.map { $0.createdAt * 1000 }), .bools(rows.map(\.onlyDuplicate)),
      .bools(rows.map { $0.durability == .relaxed }),
    ]
  }

  private static func columns(_ rows: [Change.Update]) -> [PostgresValue] {
    [
      .int8s(rows.map(\.session.rawValue)), .uuids(rows.map(\.id.uuid)), .uuids(rows.map(\.base?.uuid)),
      .texts(rows.map(\.title)), .jsonbs(rows.map(\.context.bytes)), .bools(rows.map(\.isTitleSet)),
      .texts(rows.map(\.description)), .jsonbs(rows.map(\.metadata.bytes)),
    ]
  }

  private static func columns(_ rows: [Change.Noting]) -> [PostgresValue] {
    [
      .int8s(rows.map(\.session.rawValue)), .uuids(rows.map(\.answer.uuid)), .jsonbs(rows.map(\.json)),
      .int8s(rows.map(\.takeovers)), .bools(rows.map { $0.part == .reasoning }), .int8s(rows.map(\.within)),
    ]
  }

  private static func columns(_ rows: [Change.Keeping]) -> [PostgresValue] {
    [
      .int8s(rows.map(\.session.rawValue)), .uuids(rows.map(\.answer.uuid)), .int8s(rows.map(\.takeovers)),
      .int8s(rows.map(\.number)), .int8s(rows.map { Int64($0.offset) }), .utf8s(rows.map(\.content)),
    ]
  }

  private static func columns(_ rows: [Change.Deciding]) -> [PostgresValue] {
    [
      .int8s(rows.map(\.session.rawValue)), .uuids(rows.map(\.id.uuid)), .uuids(rows.map(\.message.uuid)),
      .texts(rows.map(\.call)), .texts(rows.map(\.verdict.rawValue)), .texts(rows.map(\.verdict.status.rawValue)),
    ]
  }

  private static func columns(_ rows: [Change.Rating]) -> [PostgresValue] {
    [
      .int8s(rows.map(\.session.rawValue)), .uuids(rows.map(\.id.uuid)), .uuids(rows.map(\.message.uuid)),
      .texts(rows.map { $0.rating == .none ? nil : $0.rating.rawValue }), .texts(rows.map(\.comment)),
    ]
  }
}

extension Usage {
  /// Most answers have none.
  var storedCachedTokens: Int64? { cachedTokens > 0 ? cachedTokens : nil }

  /// Most answers are counted.
  var storedEstimate: Bool? { isEstimated ? true : nil }
}

extension [UInt8] {
  /// JSON that is stored only where there is any.
  fileprivate var orNull: [UInt8]? { isEmpty ? nil : self }
}
