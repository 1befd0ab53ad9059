import LoadKit

/// What TLS costs: memory, handshakes, messages.
struct TLSLoad {
  var target: LoadTarget
  var crew = Crew()
  /// Idle connections; 0: their memory is not measured.
  var idle = 5000
  var connections = 200
  var bytes = 20
  var seconds = 3.0
  var process: Int32?

  struct Outcome {
    var memory: [Figure] = []
    var handshakes: [Figure] = []
    var echo: [Figure] = []
  }

  func run() throws -> Outcome {
    guard target.isSecure else { throw LoadError("TLS is measured at a URL that begins with wss://") }
    var outcome = Outcome()
    // First, while the server's memory is as it was at its start.
    if let process, idle > 0 {
      outcome.memory = try HoldLoad(target: target, connections: idle, process: process).run().figures
    }
    for isResuming in [false, true] {
      var load = HandshakeLoad(target: target, crew: crew)
      (load.isResuming, load.seconds, load.process) = (isResuming, seconds, process)
      outcome.handshakes += try load.run().figures(isResuming ? "resumed handshakes" : "full handshakes")
    }
    var echo = EchoLoad(target: target, crew: crew)
    (echo.connections, echo.bytes, echo.seconds, echo.process) = (connections, bytes, seconds, process)
    outcome.echo = try echo.run().figures(bytes: bytes)
    return outcome
  }
}
