import Glibc
import Log

extension EmbeddedPostgres {
  /// How often the supervisor looks, and how long it waits after a failure, in microseconds.
  private static let interval: UInt32 = 250_000
  private static let afterFailure: UInt32 = 5_000_000

  /// Starts PostgreSQL again whenever it is gone, on a thread of its own, until `stop`.
  package func supervise() {
    var thread = pthread_t()
    let this = Unmanaged.passRetained(self)
    let code = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<EmbeddedPostgres>.fromOpaque(context).takeRetainedValue().watch() }
        return nil
      }, this.toOpaque())
    if code == 0 { pthread_detach(thread) } else { this.release() }
  }

  private func watch() {
    while !hasStopped {
      usleep(Self.interval)
      guard !hasStopped, processID == nil else { continue }
      do throws(EmbeddedPostgresError) {
        if try revive() { log.warning("PostgreSQL was gone and has been started again", ["log": logFile]) }
      } catch {
        log.error("PostgreSQL is gone and can't be started", ["error": error])
        usleep(Self.afterFailure)
      }
    }
  }
}
