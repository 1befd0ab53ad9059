import Glibc
import LoadKit
import Synchronization

/// Answers of a model that stream at once, from another server through this one to its readers.
struct ModelsLoad {
  private static let agent = "bench-model"
  /// How long servers may take to hear of a new agent, in seconds.
  private static let notice: UInt32 = 3

  var stream: StreamLoad
  let database: Database

  func run() throws -> [Figure] {
    let service = try ModelService(chunks: stream.chunks, bytes: stream.bytes, interval: stream.interval)
    try Self.wait { try await service.begin() }
    defer { service.stop() }
    try database.query(
      """
      INSERT INTO agents (slug, kind, name, settings)
      VALUES ($1, 'chat-completions', 'Bench', jsonb_build_object('url', $2::text, 'model', 'bench', 'retries', 0))
      ON CONFLICT (slug) DO UPDATE SET settings = excluded.settings, withdrawn_at = NULL
      """, [Self.agent, service.url])
    defer { _ = try? database.query("UPDATE agents SET withdrawn_at = now() WHERE slug = $1", [Self.agent]) }
    sleep(Self.notice)
    var stream = stream
    (stream.agent, stream.question) = (Self.agent, "Tell me something long.")
    let outcome = try stream.run()
    var figures = [Figure("answers at once", Format.count(Double(stream.sessions)))] + outcome.figures
    if let memory = outcome.memory {
      let each = Double(max(0, memory.during - memory.before)) / Double(stream.sessions)
      figures.append(Figure("resident memory a run", Format.bytes(each)))
    }
    return figures
  }

  /// Waits for something on another thread.
  private static func wait(_ body: @escaping @Sendable () async throws -> Void) throws {
    let done = DoneSign()
    Task {
      do { try await body() } catch { done.fail(error) }
      done.give()
    }
    try done.await()
  }
}

/// Given once by a task, and waited for by a thread.
private final class DoneSign: @unchecked Sendable {
  private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
  private let error = Mutex<(any Error)?>(nil)

  init() { sem_init(semaphore, 0, 0) }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func fail(_ error: any Error) { self.error.withLock { $0 = error } }
  func give() { sem_post(semaphore) }

  func await() throws {
    while sem_wait(semaphore) != 0 {}
    if let error = error.withLock({ $0 }) { throw error }
  }
}
