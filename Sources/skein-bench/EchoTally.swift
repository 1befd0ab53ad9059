import LoadKit

/// What an echo load has counted.
struct EchoTally {
  var latency = LatencyHistogram()
  var window = WindowResult()
  /// On the wire, in bytes, while it was measured: the server's messages and ours.
  var received = 0
  var sent = 0
  /// Messages that came back while the server's system calls were counted.
  var counted = 0

  /// Adds what was counted at the same time by another engine.
  mutating func join(_ other: EchoTally) {
    latency.merge(other.latency)
    received += other.received
    sent += other.sent
    counted += other.counted
  }

  /// Adds what was counted at another time.
  mutating func add(_ other: EchoTally) {
    join(other)
    window.add(other.window)
  }

  var messages: Double { Double(latency.count) }

  /// Messages a second.
  var rate: Double { window.seconds > 0 ? messages / window.seconds : 0 }

  /// The server's time for one message, in microseconds; nil where its process is not known.
  var serverMicroseconds: Double? {
    window.usage.flatMap { latency.count > 0 ? $0.seconds / messages * 1e6 : nil }
  }

  /// The most that tells two servers from each other.
  var shortFigures: [Figure] {
    var figures = [Figure("messages a second", Format.count(rate))] + latency.figures("round trip")
    if let serverMicroseconds {
      figures.append(Figure("server time a message", Format.fixed(serverMicroseconds, 2) + " µs"))
    }
    return figures + callFigures + window.figures
  }

  private var callFigures: [Figure] {
    guard let calls = window.systemCalls, counted > 0 else { return [] }
    return [Figure("server's system calls a message", Format.fixed(Double(calls) / Double(counted), 2))]
  }

  /// All there is to say of messages of so many bytes.
  func figures(bytes: Int) -> [Figure] {
    var figures = [Figure("messages a second", Format.count(rate))]
    figures.append(Figure("payload a second", Format.fixed(rate * Double(bytes) / 1e6, 1) + " MB"))
    figures += latency.figures("round trip")
    if let serverMicroseconds {
      figures.append(Figure("server time a message", Format.fixed(serverMicroseconds, 2) + " µs"))
    }
    return figures + callFigures + window.figures
  }
}
