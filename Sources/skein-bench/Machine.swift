import Glibc
import LoadKit

/// What the figures were measured on.
enum Machine {
  static var date: String {
    var now = time(nil)
    var parts = tm()
    gmtime_r(&now, &parts)
    func two(_ value: Int32) -> String { (value < 10 ? "0" : "") + String(value) }
    return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
  }

  static var processors: String {
    let model = value(of: "model name", in: "/proc/cpuinfo") ?? "unknown"
    return "\(sysconf(Int32(_SC_NPROCESSORS_ONLN))), \(model)"
  }

  static var memory: String {
    let kilobytes = value(of: "MemTotal", in: "/proc/meminfo")?.split(separator: " ").first.flatMap { Double($0) } ?? 0
    return Format.fixed(kilobytes / 1024 / 1024, 1) + " GiB"
  }

  static var system: String {
    let kernel = SystemFile.text("/proc/sys/kernel/osrelease")?.split(separator: "\n").first ?? "unknown"
    let name = SystemFile.text("/etc/os-release")?.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
    let pretty = name?.dropFirst("PRETTY_NAME=".count).filter { $0 != "\"" } ?? "Linux"
    return "\(pretty), kernel \(kernel)"
  }

  /// How many descriptors a process may have.
  static var descriptors: Int {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Int(clamping: limit.rlim_max)
  }

  /// The newest of the system's, which is what the embedded default takes.
  static var postgres: String {
    var matches = glob_t()
    defer { globfree(&matches) }
    guard glob("/usr/lib/postgresql/*/bin/postgres", 0, nil, &matches) == 0 else { return "none found" }
    let versions = (0..<Int(matches.gl_pathc)).compactMap { place in
      matches.gl_pathv[place].flatMap { String(cString: $0).split(separator: "/").dropFirst(3).first }.flatMap {
        Int($0)
      }
    }
    return versions.max().map(String.init) ?? "unknown"
  }

  static let load = SystemFile.text("/proc/loadavg").map { String($0.split(separator: " ")[0]) } ?? "unknown"

  private static func value(of name: String, in path: String) -> String? {
    let line = SystemFile.text(path)?.split(separator: "\n").first { $0.hasPrefix(name) }
    let value = line?.split(separator: ":", maxSplits: 1).last
    return value.map { String($0.drop { $0 == " " || $0 == "\t" }) }
  }
}
