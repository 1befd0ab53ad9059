import Glibc
package import Reactor

/// A temporary folder that goes, with every PostgreSQL and MariaDB that runs in it, when its owner lets it go or when the process
/// ends, however that ends: a shell waits at the other end of a pipe, and the end of the process is the end of the pipe.
package final class GuardedFolder: Sendable {
  /// Without links.
  package let path: String
  private let pipe: Int32

  /// Makes the folder, which everybody may pass through.
  package init(_ name: String) throws(SystemError) {
    path = try TemporaryFolder.make(name)
    pipe = try Self.startGuardian(path)
  }

  deinit { close(pipe) }

  /// Data folders may keep their database (the link `postgres`) and their socket (named by `run.path`) elsewhere.
  private static let script = """
    cat
    paths=$(
      printf '%s\\n' "$1"
      find "$1" -type l -name postgres -exec readlink {} +
      find "$1" -type f -name run.path -exec cat {} \\; -exec echo \\;
    )
    printf '%s\\n' "$paths" | while IFS= read -r path; do
      find "$path" -name postmaster.pid -o -name mariadbd.pid | while IFS= read -r file; do
        while [ -f "$file" ]; do
          process=$(head -n 1 "$file")
          [ "$(readlink "/proc/$process/cwd")" = "$(dirname "$file")" ] || break
          kill -CONT "$process"; kill -QUIT "$process"; sleep 0.05
        done
      done
    done
    printf '%s\\n' "$paths" | while IFS= read -r path; do
      case "$path" in
        "$1" | /tmp/skein-*) rm -rf -- "$path" ;;
        /var/lib/skein/data-*/postgres) rm -rf -- "$(dirname "$path")"; rmdir /var/lib/skein ;;
      esac
    done
    # A program that was making a data folder may write on for a moment.
    for round in 1 2 3 4 5 6 7 8 9 10; do
      sleep 0.5
      rm -rf -- "$1"
    done
    """

  /// - Returns: the pipe's writing end, which only this process holds.
  private static func startGuardian(_ folder: String) throws(SystemError) -> Int32 {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else { throw SystemError("pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
    for output: Int32 in [1, 2] { posix_spawn_file_actions_addopen(&actions, output, "/dev/null", O_WRONLY, 0) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    // 0x80 is POSIX_SPAWN_SETSID: a Ctrl-C meant for the tests must not end the guardian.
    posix_spawnattr_setflags(&attributes, Int16(0x80 | Int32(POSIX_SPAWN_SETSIGMASK)))
    let arguments: [String] = ["/bin/sh", "-c", script, "guardian", folder]
    let argv = arguments.map { strdup($0) } + [nil]
    defer { for text in argv { free(text) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, "/bin/sh", &actions, &attributes, argv, environ)
    close(ends[0])
    guard code == 0 else {
      close(ends[1])
      throw SystemError("posix_spawn", code: code)
    }
    return ends[1]
  }
}
