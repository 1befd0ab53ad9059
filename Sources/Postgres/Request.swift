import Reactor

/// Something a connection is asked to do, from its arrival to its answer. It belongs to the loop's thread.
final class Request {
  typealias Answer = Result<[PostgresRows], PostgresError>

  enum Work {
    /// Statements that succeed or fail together.
    case steps([(PostgresStatement, [PostgresValue])])
    /// Several statements as text, by the simple protocol.
    case script(String)
  }

  /// One message for which libpq reports one result.
  struct Command {
    let step: Int
    let isPreparation: Bool
  }

  let work: Work
  /// How long it may take, in milliseconds; 0 sets no limit.
  let limit: UInt64
  /// When the caller is told that it took too long; nil for never.
  let deadline: UInt64?
  private var answer: CheckedContinuation<Answer, Never>?
  private let completion: ((Answer) -> Void)?

  // How far the connection has come with it.
  var commands: [Command] = []
  var current = 0
  var hasResult = false
  var rows: [PostgresRows] = []
  var error: PostgresError?
  var isRepeated = false

  init(_ work: Work, limit: UInt64, answer: CheckedContinuation<Answer, Never>) {
    self.work = work
    self.limit = limit
    deadline = limit == 0 ? nil : EventLoop.monotonicMilliseconds() + limit
    self.answer = answer
    completion = nil
  }

  /// A request of the client's own.
  init(_ work: Work, limit: UInt64, completion: @escaping (Answer) -> Void) {
    self.work = work
    self.limit = limit
    deadline = limit == 0 ? nil : EventLoop.monotonicMilliseconds() + limit
    self.completion = completion
  }

  private(set) var isAnswered = false

  /// Tells the caller, once.
  func finish(_ result: Answer) {
    guard !isAnswered else { return }
    isAnswered = true
    answer?.resume(returning: result)
    answer = nil
    completion?(result)
  }

  /// The step that the present result belongs to; nil behind the last one.
  var step: Int? { current < commands.count ? commands[current].step : nil }

  /// Makes it ready to be sent once more.
  func restart() {
    commands.removeAll(keepingCapacity: true)
    rows.removeAll()
    error = nil
    current = 0
    hasResult = false
    isRepeated = true
  }

  var steps: [(PostgresStatement, [PostgresValue])] {
    if case .steps(let steps) = work { steps } else { [] }
  }
}
