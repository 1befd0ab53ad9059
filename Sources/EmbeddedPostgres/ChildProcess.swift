import Glibc

/// Other programs, started so that they outlive us and don't see our terminal's Ctrl-C: in a session of their own, with
/// no signal blocked or ignored.
enum ChildProcess {
  /// POSIX_SPAWN_SETSID, which Swift's Glibc module leaves out.
  private static let setsidFlag: Int32 = 0x80

  struct Outcome {
    /// The exit status, or 128 and the signal's number.
    let status: Int32
    /// What it wrote to standard output and standard error.
    let output: String
  }

  /// Starts a program.
  /// - Parameters:
  ///   - arguments: its path first.
  ///   - user: as whom, where we are root.
  ///   - input: the descriptor of its standard input; nil for none.
  ///   - output: the descriptor of its standard output and standard error; nil for none.
  static func start(
    _ arguments: [String], as user: String?, input: Int32? = nil, output: Int32? = nil
  ) throws(EmbeddedPostgresError) -> pid_t {
    var arguments = arguments
    if let user {
      // The present folder may be closed to the other user.
      arguments =
        ["/usr/bin/env", "--chdir=/", "/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(user)", "--init-groups", "--"]
        + arguments
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    for descriptor: Int32 in [1, 2] {
      if let output {
        posix_spawn_file_actions_adddup2(&actions, output, descriptor)
      } else {
        posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
      }
    }
    for name in Folder.names(in: "/proc/self/fd") {
      guard let descriptor = Int32(name), descriptor > 2 else { continue }
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

    // Nothing of our environment: PGDATA, PGOPTIONS or a strange locale would reach the server.
    let environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC", "HOME=/"]
    var argv = arguments.map { strdup($0) } + [nil]
    var envp = environment.map { strdup($0) } + [nil]
    defer { for text in argv + envp { free(text) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, arguments[0], &actions, &attributes, &argv, &envp)
    guard code == 0 else {
      throw EmbeddedPostgresError(.missing, "\(arguments[0]) can't be started: \(String(cString: strerror(code)))")
    }
    return pid
  }

  /// Runs a program to its end.
  static func run(
    _ arguments: [String], as user: String?, input: String? = nil
  ) throws(EmbeddedPostgresError) -> Outcome {
    var output: (reading: Int32, writing: Int32) = try pipe()
    defer {
      close(output.reading)
      if output.writing >= 0 { close(output.writing) }
    }
    var source: (reading: Int32, writing: Int32)?
    if var input {
      let made = try pipe()
      // Short enough for the pipe to hold it.
      _ = input.withUTF8 { write(made.writing, $0.baseAddress, $0.count) }
      close(made.writing)
      source = made
    }
    defer { if let source { close(source.reading) } }
    let pid = try start(arguments, as: user, input: source?.reading, output: output.writing)
    close(output.writing)
    output.writing = -1
    let text = Folder.text(of: output.reading)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    return Outcome(status: exitStatus(status), output: text)
  }

  private static func pipe() throws(EmbeddedPostgresError) -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else {
      throw EmbeddedPostgresError(.server, "no pipe can be made: \(Folder.reason())")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  /// The status of a child that has ended, or nil while it runs. Reaps it.
  static func ended(_ pid: pid_t) -> Int32? {
    var status: Int32 = 0
    return waitpid(pid, &status, WNOHANG) == pid ? exitStatus(status) : nil
  }

  private static func exitStatus(_ status: Int32) -> Int32 {
    status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
  }
}
