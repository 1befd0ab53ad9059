import Glibc
import Reactor
import SkeinTestKit
import Testing

/// The built program, as a process of its own. It is killed where its test forgets it.
final class Program: Sendable {
  struct End: Equatable {
    let code: Int32
    let output: String
    let errors: String
  }

  let pid: pid_t
  private let folder: String

  /// Where it is built: beside the test bundle.
  static var path: String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let own = String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    return own.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/skein"
  }

  /// - Parameter prefix: the command that runs it, its path first; none: it runs by itself.
  init(_ arguments: [String], environment: [String] = [], by prefix: [String] = []) throws {
    folder = try TemporaryFolder.make("skein-program")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, folder + "/output", O_WRONLY | O_CREAT, 0o644)
    posix_spawn_file_actions_addopen(&actions, 2, folder + "/errors", O_WRONLY | O_CREAT, 0o644)
    let names: [String] = ["HOME", "PATH", "LD_LIBRARY_PATH", "USER", "TSAN_OPTIONS"]
    let own = names.compactMap { (name: String) -> String? in
      getenv(name).map { "\(name)=\(String(cString: $0))" }
    }
    let words = prefix + [Self.path] + arguments
    let argv = words.map { strdup($0) } + [nil]
    let envp = (own + environment).map { strdup($0) } + [nil]
    defer { for text in argv + envp { free(text) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, words[0], &actions, nil, argv, envp)
    guard code == 0 else { throw SystemError("posix_spawn", code: code) }
    self.pid = pid
  }

  deinit {
    kill(pid, SIGKILL)
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    TemporaryFolder.remove(folder)
  }

  /// Runs it to its end.
  static func run(_ arguments: String..., environment: [String] = []) async throws -> End {
    try await Program(arguments, environment: environment).end()
  }

  /// Waits for its end; 128 and the signal's number where one ended it.
  func end() async throws -> End {
    var end: End?
    _ = await comesTrue {
      var status: Int32 = 0
      // Left to be collected in `deinit`, so that the number can't be another process's meanwhile.
      var info = siginfo_t()
      let found = waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT)
      if found == 0, info.si_signo == SIGCHLD {
        status = info._sifields._sigchld.si_status
        let code = info.si_code == Int32(CLD_EXITED) ? status : 128 + status
        end = End(code: code, output: read("output"), errors: read("errors"))
      }
      return end != nil
    }
    guard let end else { throw TestClientError.timedOut }
    return end
  }

  func signal(_ number: Int32) { kill(pid, number) }

  /// Waits until it says where it listens.
  /// - Returns: the first port that it names.
  func port() async throws -> UInt16 {
    var port: UInt16?
    _ = await comesTrue {
      for word in read("output").split(whereSeparator: \.isWhitespace) where word.contains("://127.0.0.1:") {
        guard word.hasSuffix("/") else { continue }
        port = word.split(separator: ":").last.flatMap { UInt16($0.prefix { $0.isNumber }) }
        if port != nil { break }
      }
      return port != nil
    }
    guard let port else { throw TestClientError.unexpected(read("errors")) }
    return port
  }

  /// Waits until a text stands in its log.
  func log(until text: String) async throws {
    guard await comesTrue({ read("errors").contains(text) }) else {
      throw TestClientError.unexpected(read("errors"))
    }
  }

  /// What it has said on standard output yet.
  var output: String { read("output") }

  private func read(_ name: String) -> String {
    guard let file = fopen("\(folder)/\(name)", "rb") else { return "" }
    defer { fclose(file) }
    var buffer = [UInt8](repeating: 0, count: 256 * 1024)
    let count = fread(&buffer, 1, buffer.count, file)
    return String(decoding: buffer[..<count], as: UTF8.self)
  }
}
