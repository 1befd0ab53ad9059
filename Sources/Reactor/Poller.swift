import CLinux

/// What a descriptor is ready for, or what is waited for.
package struct Readiness: OptionSet, Sendable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let readable = Readiness(rawValue: UInt32(LINUX_READABLE))
  package static let writable = Readiness(rawValue: UInt32(LINUX_WRITABLE))
  /// The peer will send no more, or the connection is gone; reported also where it was not asked for.
  package static let closed = Readiness(rawValue: UInt32(LINUX_ERROR | LINUX_HANGUP | LINUX_PEER_CLOSED))

  /// One or both, or none.
  package init(forReading: Bool, forWriting: Bool) {
    rawValue = (forReading ? UInt32(LINUX_READABLE) : 0) | (forWriting ? UInt32(LINUX_WRITABLE) : 0)
  }

  /// Whether reading would find something: bytes, the end, or an error. Asked for every event, and therefore without
  /// a set of both.
  package var isForReading: Bool { rawValue & (Self.readable.rawValue | Self.closed.rawValue) != 0 }
  /// Whether it can be written to.
  package var isForWriting: Bool { rawValue & Self.writable.rawValue != 0 }
}

/// A thin, level-triggered wrapper of one epoll instance.
struct Poller: ~Copyable {
  private let epoll: Descriptor
  private let events: UnsafeMutableBufferPointer<linux_event>

  /// - Parameter capacity: how many events one wait can report.
  init(capacity: Int = 512) throws(SystemError) {
    epoll = try Descriptor("epoll_create1", linux_epoll_create())
    events = .allocate(capacity: capacity)
    events.initialize(repeating: linux_event())
  }

  deinit { events.deallocate() }

  func add(_ fd: Int32, _ interest: Readiness, token: UInt64) throws(SystemError) {
    guard linux_epoll_add(epoll.raw, fd, interest.rawValue, token) == 0 else { throw SystemError("epoll_ctl add") }
  }

  func modify(_ fd: Int32, _ interest: Readiness, token: UInt64) throws(SystemError) {
    guard linux_epoll_modify(epoll.raw, fd, interest.rawValue, token) == 0 else {
      throw SystemError("epoll_ctl modify")
    }
  }

  func remove(_ fd: Int32) {
    _ = linux_epoll_remove(epoll.raw, fd)
  }

  /// Waits and returns what came: none after the time-out or a signal.
  /// - Parameter timeout: in milliseconds; -1 waits for ever.
  func wait(timeout: Int32) -> Slice<UnsafeMutableBufferPointer<linux_event>> {
    let count = linux_epoll_wait(epoll.raw, events.baseAddress, Int32(events.count), timeout)
    return events.prefix(max(0, Int(count)))
  }
}
