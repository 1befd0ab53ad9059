import Reactor
import Glibc

/// The listening sockets of a server, one for each loop, on one port.
final class Listeners {
  let port: UInt16
  private let host: String
  private var first: Listener?

  init(host: String, port: UInt16) throws(StartError) {
    self.host = host
    do {
      // Without sharing, so that a port that another server uses is not shared with it by accident.
      if port != 0 { _ = try Listener(host: host, port: port, shared: false) }
      let listener = try Listener(host: host, port: port)
      self.port = listener.port
      first = .some(listener)
    } catch {
      switch error.code {
      case EADDRINUSE: throw StartError("port \(port) on \(host) is in use already; choose another with --port")
      case EADDRNOTAVAIL: throw StartError("\(host) is not an address of this machine; give a numeric one with --host")
      case EACCES: throw StartError("port \(port) needs more rights than this process has; choose one from 1024 on")
      default: throw StartError("can't listen on \(host) port \(port): \(error.reason)")
      }
    }
  }

  func next() throws(SystemError) -> Listener {
    if let listener = first.take() { return listener }
    return try Listener(host: host, port: port)
  }
}
