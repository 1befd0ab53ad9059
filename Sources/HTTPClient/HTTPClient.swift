import Glibc
package import Reactor

/// A client for HTTP on one loop: libcurl's transfers by the loop's own sockets and timers, with connections that are
/// used again, HTTP/2 where it is offered, TLS that is verified, and the environment's proxies. Its callers are on the
/// same loop. `send` in `HTTPClient+send.swift` is how it is used.
package actor HTTPClient: ReadinessTarget, TimerTarget {
  package nonisolated let unownedExecutor: UnownedSerialExecutor
  package nonisolated let loop: EventLoop
  private let settings: HTTPClientSettings
  private let exemptions: String
  private var multi: CurlMulti?
  private var requests: [UInt64: CurlRequest] = [:]
  private var ids: UInt64 = 0
  private var isClosed = false

  package init(loop: EventLoop, settings: HTTPClientSettings = HTTPClientSettings()) {
    self.loop = loop
    self.settings = settings
    unownedExecutor = loop.asUnownedSerialExecutor()
    // What libcurl would read by itself, and the machine's own addresses.
    let given = (getenv("no_proxy") ?? getenv("NO_PROXY")).map { String(cString: $0) } ?? ""
    let own = "localhost,127.0.0.1,::1"
    exemptions = given.isEmpty ? own : given == "*" ? "*" : "\(given),\(own)"
  }

  /// How many requests are under way.
  package var count: Int { requests.count }

  /// Breaks off what is under way, and closes the connections that are kept.
  package func close() {
    isClosed = true
    for id in Array(requests.keys) { end(id, HTTPClientError(.closed)) }
    multi?.close()
    multi = nil
  }

  // MARK: An exchange

  func begin(_ request: HTTPClientRequest) throws(HTTPClientError) -> UInt64 {
    guard !isClosed else { throw HTTPClientError(.closed) }
    let multi = self.multi ?? CurlMulti(loop: loop, target: self, keptConnections: settings.keptConnections)
    self.multi = multi
    ids += 1
    let exchange = Exchange(request, settings, now: EventLoop.monotonicMilliseconds())
    let transfer = try CurlRequest(exchange, id: ids, settings, exemptions: exemptions)
    requests[ids] = transfer
    defer { settle() }
    if request.silenceMilliseconds > 0 {
      exchange.timer = loop.schedule(after: request.silenceMilliseconds, target: self, token: ids)
    }
    multi.add(transfer)
    return ids
  }

  /// Waits for the head.
  func head(of id: UInt64) async throws -> HTTPClientHead {
    while let exchange = requests[id]?.exchange {
      if let head = exchange.head { return head }
      try await wait(id, exchange) { exchange.head != nil }
    }
    throw CancellationError()
  }

  /// Waits for more of the content; nil at its end.
  func next(of id: UInt64) async throws -> [UInt8]? {
    while let transfer = requests[id] {
      let exchange = transfer.exchange
      let wasPaused = exchange.isPaused
      let content = exchange.takeContent()
      if wasPaused {
        transfer.resume()
        // What was held back may have been the rest.
        multi?.timerFired()
        settle()
      }
      if !content.isEmpty { return content }
      if exchange.hasContent { continue }
      if case .success? = exchange.end { return nil }
      try await wait(id, exchange) { exchange.hasContent }
    }
    throw CancellationError()
  }

  /// Nobody needs the rest of an answer, of which not much can follow.
  func leave(_ id: UInt64) {
    guard let transfer = requests[id], transfer.exchange.end == nil else { return }
    transfer.exchange.isLeft = true
    _ = transfer.exchange.takeContent()
    transfer.resume()
    multi?.timerFired()
    settle()
  }

  /// Lets an exchange go. One that is not over is broken off at once; one that was left, and ends soon, is not.
  func release(_ id: UInt64) {
    guard let exchange = requests[id]?.exchange, exchange.isLeft, exchange.end == nil else { return drop(id) }
    if let timer = exchange.timer { loop.cancel(timer) }
    exchange.timer = loop.schedule(after: settings.leavingMilliseconds, target: self, token: id)
  }

  private func drop(_ id: UInt64) {
    guard let transfer = requests.removeValue(forKey: id) else { return }
    breakOff(transfer)
    if let timer = transfer.exchange.timer { loop.cancel(timer) }
    transfer.exchange.wake()
  }

  private func wait(_ id: UInt64, _ exchange: Exchange, until isThere: () -> Bool) async throws {
    if case .failure(let error)? = exchange.end { throw error }
    guard exchange.end == nil else { throw HTTPClientError(.malformed, "no head") }
    await withCheckedContinuation { continuation in
      // Asked once more: a task that does not prefer the loop may have been suspended since.
      if exchange.waiter == nil, exchange.end == nil, requests[id] != nil, !isThere() {
        exchange.waiter = continuation
      } else {
        continuation.resume()
      }
    }
  }

  // MARK: The loop's calls

  package nonisolated func ready(_ token: UInt64, _ readiness: Readiness) {
    assumeIsolated { client in
      client.multi?.ready(Int32(truncatingIfNeeded: token), readiness)
      client.settle()
    }
  }

  package nonisolated func timerFired(_ token: UInt64) {
    assumeIsolated { client in
      if token > 0 { return client.judgeSilence(token) }
      client.multi?.timerFired()
      client.settle()
    }
  }

  /// Ends a transfer from which nothing came for too long, though somebody waits for it.
  private func judgeSilence(_ id: UInt64) {
    guard let exchange = requests[id]?.exchange, exchange.end == nil else { return }
    if exchange.isLeft { return drop(id) }
    let (limit, now) = (exchange.request.silenceMilliseconds, EventLoop.monotonicMilliseconds())
    let isAwaited = exchange.waiter != nil
    if isAwaited, now >= exchange.livedAt + limit {
      exchange.timer = nil
      return end(id, HTTPClientError(.timedOut, "silence"))
    }
    let rest = isAwaited ? exchange.livedAt + limit - now : limit
    exchange.timer = loop.schedule(after: rest, target: self, token: id)
  }

  /// Takes in which transfers have ended.
  private func settle() {
    while let (id, error) = multi?.nextEnded() {
      guard let transfer = requests[id] else { continue }
      multi?.remove(transfer)
      finish(id, transfer, error.map { .failure(transfer.exchange.reason ?? $0) } ?? .success(()))
    }
  }

  /// Ends a transfer that libcurl has not ended.
  private func end(_ id: UInt64, _ error: HTTPClientError) {
    guard let transfer = requests[id] else { return }
    breakOff(transfer)
    finish(id, transfer, .failure(error))
  }

  private func breakOff(_ transfer: CurlRequest) {
    guard transfer.exchange.end == nil else { return }
    multi?.breakOff(transfer, beside: requests.values.lazy.filter { $0 !== transfer && $0.exchange.end == nil })
  }

  private func finish(_ id: UInt64, _ transfer: CurlRequest, _ result: Result<Void, HTTPClientError>) {
    transfer.exchange.finish(result)
    if transfer.exchange.isLeft { drop(id) }
  }
}
