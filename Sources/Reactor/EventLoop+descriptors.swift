/// Registering descriptors. epoll's token carries the descriptor and a generation number, so that a stale event for a
/// descriptor whose number is used again is dropped.
extension EventLoop {
  /// Begins to watch a descriptor, which stays its owner's.
  /// - Parameters:
  ///   - interest: what is waited for.
  ///   - target: who is told; held until `deregister`.
  ///   - token: handed back with each event.
  package func register(
    _ fd: Int32, for interest: Readiness, target: any ReadinessTarget, token: UInt64
  ) throws(SystemError) {
    while registrations.count <= Int(fd) { registrations.append(Registration()) }
    registrations[Int(fd)].generation &+= 1
    registrations[Int(fd)].target = target
    registrations[Int(fd)].token = token
    do {
      try poller.add(fd, interest, token: epollToken(fd))
    } catch {
      registrations[Int(fd)].target = nil
      throw error
    }
  }

  /// Changes what is waited for.
  package func modify(_ fd: Int32, for interest: Readiness) throws(SystemError) {
    try poller.modify(fd, interest, token: epollToken(fd))
  }

  /// Ends watching; to be called before the descriptor is closed. No event of it is delivered any more.
  package func deregister(_ fd: Int32) {
    guard registrations.indices.contains(Int(fd)), registrations[Int(fd)].target != nil else { return }
    poller.remove(fd)
    registrations[Int(fd)].target = nil
    registrations[Int(fd)].generation &+= 1
  }

  private func epollToken(_ fd: Int32) -> UInt64 {
    UInt64(registrations[Int(fd)].generation) << 32 | UInt64(UInt32(fd))
  }
}
