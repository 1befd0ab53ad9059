import CLinux
import Glibc
import Processes
import Reactor

/// A program that works on what somebody else has sent, within limits: of time and memory, of what it writes, and with
/// no file that it could write or environment that it could read.
struct LimitedProcess {
  /// Its path, and its arguments.
  let arguments: [String]
  /// How long it may take, in seconds, of the clock's time and of a processor's.
  let seconds: Int
  let megabytes: Int
  /// The most that it may write, in bytes.
  let outputBytes: Int

  /// How it ended.
  enum End: Equatable {
    /// By itself, with status 0.
    case done([UInt8])
    /// By itself with another status, or by a signal: what it had no memory or time for also looks so.
    case failed
    case timedOut
    /// It has written more than it may, and was ended.
    case tooMuch
    /// It can't be started.
    case missing
  }

  /// Runs it to its end, on the calling thread.
  /// - Parameter input: its standard input, a file in memory.
  func run(_ input: [UInt8]) -> End {
    guard let source = file(input), let pipe = Self.pipe() else { return .missing }
    defer {
      close(source)
      close(pipe.reading)
    }
    let pid = start(source, pipe.writing)
    close(pipe.writing)
    guard let pid else { return .missing }
    let read = read(pipe.reading)
    if read.end != nil { kill(-pid, SIGKILL) }
    let status = ChildProcess.wait(for: pid)
    return read.end ?? (status == 0 ? .done(read.output) : .failed)
  }

  /// Reads what it writes, until that ends or a limit is reached.
  private func read(_ descriptor: Int32) -> (output: [UInt8], end: End?) {
    let deadline = EventLoop.monotonicMilliseconds() + UInt64(seconds) * 1000
    var output: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let now = EventLoop.monotonicMilliseconds()
      guard now < deadline else { return ([], .timedOut) }
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&entry, 1, Int32(clamping: deadline - now))
      if ready == 0 || ready < 0 && errno == EINTR { continue }
      let count = Glibc.read(descriptor, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return (output, nil) }
      output += piece[..<count]
      guard output.count <= outputBytes else { return ([], .tooMuch) }
    }
  }

  private func file(_ content: [UInt8]) -> Int32? {
    let descriptor = linux_memory_file()
    guard descriptor >= 0 else { return nil }
    var written = 0
    while written < content.count {
      let count = content.withUnsafeBytes { bytes in
        pwrite(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written, off_t(written))
      }
      guard count > 0 || errno == EINTR else {
        close(descriptor)
        return nil
      }
      written += max(0, count)
    }
    return descriptor
  }

  private static func pipe() -> (reading: Int32, writing: Int32)? {
    var ends: [Int32] = [-1, -1]
    guard linux_pipe_create(&ends) == 0 else { return nil }
    return (ends[0], ends[1])
  }

  private func start(_ input: Int32, _ output: Int32) -> pid_t? {
    let limits = [
      "/usr/bin/prlimit", "--as=\(megabytes * 1024 * 1024)", "--cpu=\(seconds)", "--core=0", "--fsize=0",
      "--nofile=64", "--",
    ]
    return try? ChildProcess.start(
      limits + arguments, environment: ["PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "HOME=/nonexistent"], input: input,
      output: output)
  }
}
