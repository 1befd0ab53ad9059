package import Glibc

/// A program can't be started.
package struct StartError: Error, Equatable {
  /// The program, and what the system says of it.
  package let reason: String
}

/// Other programs, started so that they don't see our terminal's Ctrl-C, our environment or our descriptors: in a
/// session and a process group of their own, with no signal blocked or ignored.
package enum ChildProcess {
  /// POSIX_SPAWN_SETSID, which Swift's Glibc module leaves out.
  private static let setsidFlag: Int32 = 0x80

  /// Starts a program. Its process group has the number that it has itself.
  /// - Parameters:
  ///   - arguments: its path first.
  ///   - environment: all of it, each as `NAME=VALUE`.
  ///   - input: the descriptor of its standard input; nil for none.
  ///   - output: the descriptor of its standard output; nil for none.
  ///   - errors: the descriptor of its standard error; nil for none.
  package static func start(
    _ arguments: [String], environment: [String], input: Int32? = nil, output: Int32? = nil, errors: Int32? = nil
  ) throws(StartError) -> pid_t {
    guard let program = arguments.first else { throw StartError(reason: "no program is named") }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (number, descriptor) in [(0 as Int32, input), (1, output), (2, errors)] {
      if let descriptor {
        posix_spawn_file_actions_adddup2(&actions, descriptor, number)
      } else {
        posix_spawn_file_actions_addopen(&actions, number, "/dev/null", number == 0 ? O_RDONLY : O_WRONLY, 0)
      }
    }
    for descriptor in openDescriptors() where descriptor > 2 {
      let flags = fcntl(descriptor, F_GETFD)
      if flags >= 0, flags & FD_CLOEXEC == 0 { posix_spawn_file_actions_addclose(&actions, descriptor) }
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    let flags = setsidFlag | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
    posix_spawnattr_setflags(&attributes, Int16(flags))

    var argv = arguments.map { strdup($0) } + [nil]
    var envp = environment.map { strdup($0) } + [nil]
    defer { for text in argv + envp { free(text) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, program, &actions, &attributes, &argv, &envp)
    guard code == 0 else {
      throw StartError(reason: "\(program) can't be started: \(String(cString: strerror(code)))")
    }
    return pid
  }

  /// The status of a child that has ended, or 128 and the signal's number; nil while it runs. Reaps it.
  package static func ended(_ pid: pid_t) -> Int32? {
    var status: Int32 = 0
    return waitpid(pid, &status, WNOHANG) == pid ? exitStatus(status) : nil
  }

  /// Waits for a child's end, and reaps it.
  /// - Returns: its status, as `ended`.
  package static func wait(for pid: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    return exitStatus(status)
  }

  private static func exitStatus(_ status: Int32) -> Int32 {
    status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
  }

  private static func openDescriptors() -> [Int32] {
    guard let folder = opendir("/proc/self/fd") else { return [] }
    defer { closedir(folder) }
    var descriptors: [Int32] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if let descriptor = Int32(name) { descriptors.append(descriptor) }
    }
    return descriptors
  }
}
