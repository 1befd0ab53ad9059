package import Accounts
import Reactor
import Synchronization

/// Where passwords are hashed: on threads of its own, since each hash takes longer than a loop may stand still, and only
/// a few at a time, since each takes much memory.
package final class PasswordDesk: Sendable {
  /// Why nothing was hashed.
  package enum Failure: Error, Equatable, Sendable {
    /// Too many wait already.
    case busy
    /// There is not memory enough.
    case memory
    /// The list of breached passwords can't be read as one.
    case list
  }

  private let hasher: PasswordHasher
  private let breached: BreachedPasswords?
  private let threads: LoopGroup
  private let clerks: [Clerk]
  private let mostWaiting: Int
  private let waiting = Atomic(0)
  private let turn = Atomic(0)

  /// - Parameters:
  ///   - threads: how many passwords are hashed at once.
  ///   - mostWaiting: how many may wait, or be hashed, before further ones are refused.
  ///   - breached: passwords that nobody may choose.
  package init(
    threads: Int = 1, mostWaiting: Int = 32, cost: PasswordHasher.Cost = PasswordHasher.Cost(),
    breached: BreachedPasswords? = nil
  ) throws {
    hasher = try PasswordHasher(cost: cost)
    self.breached = breached
    self.threads = try LoopGroup(count: max(1, threads))
    self.mostWaiting = mostWaiting
    clerks = self.threads.loops.map { Clerk(loop: $0) }
  }

  deinit { threads.stop() }

  /// The hash to be stored.
  package func hash(_ password: String) async throws(Failure) -> String {
    let result = try await work { hasher in try? hasher.hash(password) }
    guard let result else { throw .memory }
    return result
  }

  /// Whether a password is known from a breach; never where there is no list of them.
  package func isBreached(_ password: String) async throws(Failure) -> Bool {
    guard let breached else { return false }
    let found = try await work { _ in try? breached.contains(password) }
    guard let found else { throw .list }
    return found
  }

  /// Whether it is the password of the hash. For nil it takes as long, and is false.
  package func verifies(_ password: String, hash: String?) async throws(Failure) -> Bool {
    try await work { hasher in hasher.verifies(password, hash: hash) }
  }

  /// Whether the hash has another cost than new ones.
  package func needsRehash(_ hash: String) -> Bool { hasher.needsRehash(hash) }

  private func work<Result: Sendable>(
    _ body: @Sendable (PasswordHasher) -> Result
  ) async throws(Failure) -> Result {
    guard waiting.add(1, ordering: .relaxed).newValue <= mostWaiting else {
      waiting.subtract(1, ordering: .relaxed)
      throw .busy
    }
    defer { waiting.subtract(1, ordering: .relaxed) }
    let place = turn.wrappingAdd(1, ordering: .relaxed).newValue
    return await clerks[abs(place % clerks.count)].work(hasher, body)
  }
}

/// One of its threads.
private actor Clerk {
  nonisolated let unownedExecutor: UnownedSerialExecutor
  private let loop: EventLoop

  init(loop: EventLoop) {
    self.loop = loop
    unownedExecutor = loop.asUnownedSerialExecutor()
  }

  func work<Result: Sendable>(_ hasher: PasswordHasher, _ body: @Sendable (PasswordHasher) -> Result) -> Result {
    body(hasher)
  }
}
