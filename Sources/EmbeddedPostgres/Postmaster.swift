import Glibc

/// The server process of a data folder, as its file postmaster.pid describes it (PostgreSQL's documentation, 73.1, and
/// the order of lines in its miscadmin.h).
struct Postmaster {
  let pid: pid_t
  /// Where its socket is.
  let socketFolder: String
  /// Whether it says that it accepts connections.
  let isReady: Bool

  /// What the file says, whether or not the process lives; nil where there is no such file.
  init?(cluster: String) {
    guard let text = Folder.text(cluster + "/postmaster.pid") else { return nil }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let first = lines.first, let pid = pid_t(first), pid > 0 else { return nil }
    self.pid = pid
    socketFolder = lines.count > 4 ? String(lines[4]) : ""
    isReady = lines.count > 7 && (lines[7].hasPrefix("ready") || lines[7].hasPrefix("standby"))
  }

  /// Whether the process lives and is a server of this cluster: its number may have been given to another since.
  func isAlive(cluster: String) -> Bool {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/\(pid)/cwd", &buffer, buffer.count)
    guard length > 0 else { return false }
    let folder = String(decoding: buffer[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
    return folder == cluster
  }

  /// Whether its socket takes connections.
  var isAccepting: Bool {
    guard isReady else { return false }
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { return false }
    defer { close(socket) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array(EmbeddedPostgres.socket(in: socketFolder).utf8)
    guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    return withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
  }

  /// Removes what a server that is gone left behind where its number was given to another process since, which
  /// PostgreSQL would take for it. A number that nobody has it judges itself, more carefully than we could.
  func forgetIfTaken(cluster: String) {
    guard kill(pid, 0) == 0 || errno == EPERM else { return }
    unlink(cluster + "/postmaster.pid")
    if !socketFolder.isEmpty { unlink(EmbeddedPostgres.socket(in: socketFolder) + ".lock") }
  }
}
