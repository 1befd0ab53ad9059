import Glibc
import Redaction

/// How a tool server is started that is a process of its own.
package struct ServerCommand: Sendable, Equatable {
  /// The program, and what it is told.
  package var arguments: [String]
  /// The variables of our environment that it is given beside those that every program needs.
  package var variables: [String]
  /// Where it works; nil: at the root.
  package var folder: String?

  package init(_ arguments: [String], variables: [String] = [], folder: String? = nil) {
    self.arguments = arguments
    self.variables = variables
    self.folder = folder
  }

  /// What every program is given.
  static let common = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR"]

  /// The whole environment of the process. What is not set here is not set there.
  var environment: [String] {
    (Self.common + variables).compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
  }

  /// What of its words nobody is told: the values of those of the variables whose names say that they are secrets.
  var redaction: Redaction {
    Redaction(
      variables.filter(SecretNames.holds).compactMap { name in getenv(name).map { String(cString: $0) } },
      from: Redaction.leastKeyBytes)
  }

  /// The command within its limits. They are set by a program that becomes the server, so that nothing of the server
  /// runs without them.
  /// - Throws: `unavailable` where there is no such program.
  func limited(to limits: MCPLimits) throws(MCPError) -> [String] {
    guard let name = arguments.first, Self.exists(name, in: folder) else {
      throw MCPError(.unavailable, "there is no program \(arguments.first ?? "")")
    }
    var command = ["/usr/bin/env", "--chdir=\(folder ?? "/")", "/usr/bin/prlimit", "--core=0"]
    if limits.memoryMegabytes > 0 { command.append("--data=\(limits.memoryMegabytes * 1024 * 1024)") }
    return command + arguments
  }

  /// Whether there is a program of that name, by its path or in `PATH`.
  private static func exists(_ name: String, in folder: String?) -> Bool {
    if name.hasPrefix("/") { return access(name, X_OK) == 0 }
    if name.contains("/") { return access("\(folder ?? "")/\(name)", X_OK) == 0 }
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    return path.split(separator: ":").contains { access("\($0)/\(name)", X_OK) == 0 }
  }
}
