import Glibc

/// A lock on a file, given back by the kernel when its process ends, however it ends.
final class FileLock: Sendable {
  private let descriptor: Int32

  /// Opens the lock's file without taking the lock.
  init(_ path: String) throws(EmbeddedPostgresError) {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw EmbeddedPostgresError(.folder, "\(path) can't be opened: \(Folder.reason())")
    }
  }

  deinit { close(descriptor) }

  /// Takes the lock together with others who share it, changing it where it is held already.
  func share() -> Bool { flock(descriptor, LOCK_SH | LOCK_NB) == 0 }

  /// Takes the lock alone, changing it where it is held already; false where others hold it.
  func exclude() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

  /// Takes the lock alone and waits for it.
  /// - Parameter timeout: in milliseconds.
  func exclude(timeout: UInt64) -> Bool {
    let deadline = Pause(timeout)
    repeat {
      if exclude() { return true }
    } while deadline.sleep(20)
    return false
  }

  func release() { _ = flock(descriptor, LOCK_UN) }
}

/// A wait that has an end.
struct Pause {
  private let deadline: UInt64

  /// - Parameter timeout: in milliseconds from now.
  init(_ timeout: UInt64) { deadline = Self.now() + timeout }

  /// Sleeps for some milliseconds; false, at once, where the time is over.
  func sleep(_ milliseconds: UInt32) -> Bool {
    guard Self.now() < deadline else { return false }
    usleep(milliseconds * 1000)
    return true
  }

  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
  }
}
