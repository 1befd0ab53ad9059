import Glibc

/// A server that a load starts for itself, and ends.
package final class ChildServer {
  package let process: Int32
  private let output: Int32
  private let name: String
  private var heard = ""
  private var isStopped = false

  /// Starts a program whose output is read for what it says of itself.
  /// - Parameter arguments: its path first.
  package init(_ arguments: [String]) throws(LoadError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw LoadError("no pipe can be made: \(String(cString: strerror(errno)))") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    defer { close(ends[1]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Ours are blocked. A group of its own keeps the terminal's Ctrl-C from it: it is ended by us, in order.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
    var argv = arguments.map { strdup($0) } + [nil]
    defer { for text in argv { free(text) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, arguments[0], &actions, &attributes, &argv, environ)
    guard code == 0 else {
      close(ends[0])
      throw LoadError("\(arguments[0]) can't be started: \(String(cString: strerror(code)))")
    }
    self.process = process
    output = ends[0]
    name = arguments.prefix(2).joined(separator: " ")
  }

  deinit {
    stop()
    close(output)
  }

  /// Waits until the server has said where it is, and returns that: the word that begins with `scheme` and ends with a
  /// slash.
  package func address(_ scheme: String, seconds: Double) throws -> String {
    try Patience("the start of \(name)", seconds: seconds).wait {
      listen()
      guard !hasEnded() else { throw LoadError("\(name) ended at its start") }
      return heard.contains("\n") && word(scheme) != nil
    }
    guard let word = word(scheme) else { throw LoadError("\(name) does not say where it is") }
    return word
  }

  private func word(_ scheme: String) -> String? {
    heard.split { $0 == " " || $0 == "\n" }.first { $0.hasPrefix(scheme) }.map(String.init)
  }

  private func listen() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(output, &buffer, buffer.count)
      guard count > 0 else { return }
      heard += String(decoding: buffer[..<count], as: UTF8.self)
    }
  }

  private func hasEnded() -> Bool {
    guard !isStopped else { return true }
    var status: Int32 = 0
    isStopped = waitpid(process, &status, WNOHANG) == process
    return isStopped
  }

  /// Waits until a program that does not stay has ended, and returns what it has said.
  package func outcome(seconds: Double) throws -> String {
    try Patience("the end of \(name)", seconds: seconds).wait {
      listen()
      return hasEnded()
    }
    listen()
    return heard
  }

  /// Ends the server by SIGTERM; by SIGKILL where it does not end within 15 s.
  package func stop() {
    guard !hasEnded() else { return }
    kill(process, SIGTERM)
    for _ in 0..<1500 {
      if hasEnded() { return }
      listen()
      usleep(10_000)
    }
    kill(process, SIGKILL)
    var status: Int32 = 0
    waitpid(process, &status, 0)
    isStopped = true
  }
}
