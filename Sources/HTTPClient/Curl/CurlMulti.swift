import CCurl
import Reactor

/// All transfers of a client on one thread (libcurl's "multi handle"), driven by a loop: libcurl names the sockets and
/// the timer that it waits for, and is told when they are ready. It looks up names on threads of its own.
final class CurlMulti {
  private let handle: UnsafeMutableRawPointer
  private let loop: EventLoop
  /// The client, which outlives this and holds it.
  private unowned let target: any ReadinessTarget & TimerTarget
  private var watched: Set<Int32> = []
  private var timer: TimerID?

  private static let started: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  /// - Parameter target: is told of sockets by their numbers as tokens, and of the timer by the token 0.
  init(loop: EventLoop, target: any ReadinessTarget & TimerTarget, keptConnections: Int) {
    precondition(Self.started, "libcurl could not start")
    guard let handle = curl_multi_init() else { preconditionFailure("libcurl has no memory") }
    self.handle = handle
    self.loop = loop
    self.target = target
    curl_multi_set_number(handle, CURLMOPT_MAXCONNECTS, keptConnections)
    curl_multi_set_number(handle, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
    curl_multi_set_handlers(
      handle,
      { _, socket, what, owner, _ in
        CurlMulti.of(owner)?.watch(socket, what)
        return 0
      },
      { _, milliseconds, owner in
        CurlMulti.of(owner)?.setTimer(milliseconds)
        return 0
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// No transfer is left, and the connections that are kept are watched by nobody.
  deinit {
    curl_multi_set_handlers(handle, nil, nil, nil)
    curl_multi_cleanup(handle)
  }

  /// Lets go of the loop, when the last transfer has been removed.
  func close() {
    setTimer(-1)
    for socket in watched { loop.deregister(socket) }
    watched = []
  }

  /// Begins a transfer.
  func add(_ request: CurlRequest) {
    curl_multi_add_handle(handle, request.handle)
    timerFired()
  }

  /// Lets a transfer go that has ended.
  func remove(_ request: CurlRequest) { curl_multi_remove_handle(handle, request.handle) }

  /// Breaks a transfer off that is not over: its connection is closed, or its stream of it where others go on there.
  ///
  /// libcurl 7.88 keeps the frame that ends a stream until it sends something else on that connection: one that nobody
  /// shares is closed instead, and of those that do one is made to send.
  /// - Parameter others: the transfers that go on.
  func breakOff(_ request: CurlRequest, beside others: some Sequence<CurlRequest>) {
    let connection = request.localPort
    curl_set_number(request.handle, CURLOPT_FORBID_REUSE, 1)
    curl_multi_remove_handle(handle, request.handle)
    guard connection > 0, request.exchange.head?.version != "1.1" else { return }
    others.first { $0.localPort == connection }?.flush()
  }

  func ready(_ socket: Int32, _ readiness: Readiness) {
    var mask: Int32 = 0
    if readiness.isForReading { mask |= CURL_CSELECT_IN }
    if readiness.isForWriting { mask |= CURL_CSELECT_OUT }
    var running: Int32 = 0
    curl_multi_socket_action(handle, socket, mask, &running)
  }

  /// Has libcurl do what is due.
  func timerFired() {
    var running: Int32 = 0
    curl_multi_socket_action(handle, CURL_SOCKET_TIMEOUT, 0, &running)
  }

  /// The id of the next transfer that has ended, and how; nil where none has.
  func nextEnded() -> (id: UInt64, error: HTTPClientError?)? {
    var code = CURLE_OK
    guard let ended = curl_multi_next_ended(handle, &code) else { return nil }
    var id: UnsafeMutableRawPointer?
    curl_get_pointer(ended, CURLINFO_PRIVATE, &id)
    return (UInt64(UInt(bitPattern: id)), code == CURLE_OK ? nil : CurlRequest.error(code))
  }

  // MARK: What libcurl calls, on the loop's thread

  private static func of(_ owner: UnsafeMutableRawPointer?) -> CurlMulti? {
    owner.map { Unmanaged<CurlMulti>.fromOpaque($0).takeUnretainedValue() }
  }

  private func watch(_ socket: Int32, _ what: Int32) {
    if what == CURL_POLL_REMOVE {
      if watched.remove(socket) != nil { loop.deregister(socket) }
      return
    }
    let interest = Readiness(
      forReading: what == CURL_POLL_IN || what == CURL_POLL_INOUT,
      forWriting: what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
    // A socket that can't be watched is noticed by a transfer's own time limits.
    if watched.insert(socket).inserted {
      try? loop.register(socket, for: interest, target: target, token: UInt64(UInt32(bitPattern: socket)))
    } else {
      try? loop.modify(socket, for: interest)
    }
  }

  private func setTimer(_ milliseconds: Int) {
    if let timer { loop.cancel(timer) }
    timer = milliseconds < 0 ? nil : loop.schedule(after: UInt64(milliseconds), target: target)
  }
}
