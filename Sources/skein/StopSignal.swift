import Reactor

/// Waits for SIGTERM or SIGINT, on a loop of its own.
struct StopSignal {
  private let loops: LoopGroup
  private let signals: AsyncStream<Signal>
  private let source: SignalSource

  init() throws(SystemError) {
    let (signals, continuation) = AsyncStream.makeStream(of: Signal.self)
    self.signals = signals
    source = try SignalSource { continuation.yield($0) }
    loops = try LoopGroup(count: 1)
  }

  func wait() async {
    let listener = SignalListener(loop: loops.loops[0])
    do { try await listener.attach(source) } catch { return }
    for await signal in signals where signal == .stop { break }
    loops.stop()
  }
}

private actor SignalListener {
  nonisolated let unownedExecutor: UnownedSerialExecutor
  private let loop: EventLoop

  init(loop: EventLoop) {
    self.loop = loop
    unownedExecutor = loop.asUnownedSerialExecutor()
  }

  func attach(_ source: SignalSource) throws(SystemError) { try source.attach(to: loop) }
}
