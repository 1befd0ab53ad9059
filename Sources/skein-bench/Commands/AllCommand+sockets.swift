import CLinux
import Glibc
import LoadKit
import SkeinTestKit
import TLSEngine

/// The loads of `skein echo`, each with a server of its own where its memory is measured.
extension AllCommand {
  /// A server that echoes.
  private struct Echo {
    let target: LoadTarget
    let process: Int32
    /// How it was started.
    let command: String
  }

  /// Starts a server with one loop on the first processor, ourselves on the second, while `body` runs.
  private static func withEcho(_ skein: String, _ arguments: [String], _ body: (Echo) throws -> Void) throws {
    let isPinned = sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1
    // A child inherits where it may run.
    if isPinned { _ = linux_pin_thread(0) }
    defer { if isPinned { _ = linux_unpin_thread() } }
    let server = try ChildServer([skein, "echo", "--port", "0", "--loops", "1"] + arguments)
    if isPinned { _ = linux_pin_thread(1) }
    defer { server.stop() }
    let isSecure = arguments.contains("--tls-certificate")
    let url = try server.address(isSecure ? "wss://" : "ws://", seconds: 20)
    let options = isSecure ? ["--tls-certificate", "server.pem", "--tls-key", "server.key"] : arguments
    let command = (["skein echo --loops 1"] + options).joined(separator: " ")
    try body(
      Echo(
        target: try LoadTarget(url: url), process: server.process,
        command: command + (isPinned ? ", on processor 0; the generator on processor 1" : "")))
  }

  static func echo(_ skein: String, _ size: Size, _ document: inout BenchmarkDocument) throws {
    try withEcho(skein, []) { server in
      let hold = try HoldLoad(
        target: server.target, connections: size.echoConnections, process: server.process
      ).run()
      document.add(
        "Idle WebSockets", server.command, "skein-bench connections --connections \(size.echoConnections)",
        hold.figures)
      for bytes in [20, 1024] {
        var load = EchoLoad(target: server.target)
        (load.bytes, load.seconds, load.process) = (bytes, size.seconds, server.process)
        document.add(
          "Echo, \(bytes) bytes", server.command, "skein-bench echo --bytes \(bytes)",
          try load.run().figures(bytes: bytes))
      }
    }
  }

  static func tls(_ skein: String, _ size: Size, _ document: inout BenchmarkDocument) throws {
    let folder = try temporaryFolder()
    defer { SystemFile.removeFolder(folder) }
    let files = try TestCertificate(in: folder).files
    let arguments = ["--tls-certificate", files.certificate, "--tls-key", files.key]
    try withEcho(skein, arguments) { server in
      let hold = try HoldLoad(
        target: server.target, connections: size.echoConnections, process: server.process
      ).run()
      document.add(
        "TLS, idle WebSockets", server.command, "skein-bench tls --idle \(size.echoConnections)", hold.figures)
    }
    try withEcho(skein, arguments) { server in
      var load = TLSLoad(target: server.target)
      (load.idle, load.seconds, load.process) = (0, size.seconds, server.process)
      let outcome = try load.run()
      document.add("TLS, handshakes", server.command, "skein-bench tls --idle 0", outcome.handshakes)
      document.add("TLS, echo of \(load.bytes) bytes", server.command, "skein-bench tls --idle 0", outcome.echo)
    }
  }

  static func deflate(_ skein: String, _ size: Size, _ document: inout BenchmarkDocument) throws {
    try withEcho(skein, ["--deflate"]) { server in
      var load = DeflateLoad(target: server.target)
      (load.seconds, load.process) = (size.seconds, server.process)
      document.add(
        "Compression, \(load.bytes) bytes", server.command, "skein-bench deflate --bytes \(load.bytes)", try load.run())
    }
  }

  static func slow(_ skein: String, _ size: Size, _ document: inout BenchmarkDocument) throws {
    try withEcho(skein, []) { server in
      var load = SlowLoad(target: server.target, process: server.process)
      load.seconds = size.seconds
      document.add(
        "Slow peers", server.command, "skein-bench slow --slow \(load.slow) --deaf \(load.deaf)", try load.run().figures
      )
    }
  }
}
