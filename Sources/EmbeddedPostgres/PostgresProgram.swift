import Glibc
import Processes

/// PostgreSQL's programs, which outlive us, and may have to run as another user.
enum PostgresProgram {
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
    // Nothing of our environment: PGDATA, PGOPTIONS or a strange locale would reach the server.
    let environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC", "HOME=/"]
    do {
      return try ChildProcess.start(arguments, environment: environment, input: input, output: output, errors: output)
    } catch {
      throw EmbeddedPostgresError(.missing, error.reason)
    }
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
    return Outcome(status: ChildProcess.wait(for: pid), output: text)
  }

  private static func pipe() throws(EmbeddedPostgresError) -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else {
      throw EmbeddedPostgresError(.server, "no pipe can be made: \(Folder.reason())")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }
}
