import Glibc
import Reactor
import Synchronization

/// What starting somebody else's database takes.
enum SecondServer {
  /// Where they are looked for: below those that the kernel gives away by itself, so that nobody else's listener or
  /// connection comes by one before its server does.
  private static let ports = 20_000..<32_000
  private static let asked = Atomic(0)

  /// A port of 127.0.0.1 that nobody has, another one each time.
  static func freePort() throws -> UInt16 {
    for _ in ports {
      // Processes begin in different places.
      let place = (Int(getpid()) * 101 + asked.add(1, ordering: .relaxed).newValue) % ports.count
      let port = UInt16(ports.lowerBound + place)
      if try isFree(port) { return port }
    }
    throw SystemError("bind", code: EADDRINUSE)
  }

  private static func isFree(_ port: UInt16) throws -> Bool {
    let file = try Descriptor("socket", socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(file.raw, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  /// Runs a script of the shell, and waits for its end.
  /// - Parameter what: what it starts, for the error.
  static func run(_ script: String, _ arguments: [String], what: String) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for output: Int32 in [1, 2] { posix_spawn_file_actions_addopen(&actions, output, "/dev/null", O_WRONLY, 0) }
    let argv = (["/bin/sh", "-c", script, "second"] + arguments).map { strdup($0) } + [nil]
    defer { for text in argv { free(text) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, "/bin/sh", &actions, nil, argv, environ)
    guard code == 0 else { throw SystemError("posix_spawn", code: code) }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    guard status == 0 else { throw TestClientError.unexpected("\(what) did not start") }
  }
}
