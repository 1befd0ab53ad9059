import Glibc

/// What a process, and what it has started, has used so far, as `/proc` tells it (proc(5)).
package struct ProcessUsage: Sendable, Equatable {
  /// User and system time, in seconds; to a hundredth.
  package var seconds = 0.0
  /// The same of its present descendants.
  package var descendants = 0.0

  package init() {}

  /// Reads the present counts. Nil where the process is gone.
  package init?(of process: Int32) {
    guard let stat = Self.times(process) else { return nil }
    seconds = stat.seconds
    let all = SystemFile.processes().compactMap { pid in Self.times(pid).map { (pid, $0) } }
    var family: Set<Int32> = [process]
    var isGrowing = true
    while isGrowing {
      isGrowing = false
      for (pid, times) in all where family.contains(times.parent) && family.insert(pid).inserted { isGrowing = true }
    }
    for (pid, times) in all where pid != process && family.contains(pid) { descendants += times.seconds }
  }

  /// What was used since an earlier reading.
  package func since(_ earlier: ProcessUsage) -> ProcessUsage {
    var used = ProcessUsage()
    used.seconds = seconds - earlier.seconds
    used.descendants = descendants - earlier.descendants
    return used
  }

  /// Adds what was used at another time.
  package mutating func add(_ other: ProcessUsage) {
    seconds += other.seconds
    descendants += other.descendants
  }

  /// A process's resident memory in bytes; nil where it is gone.
  package static func residentMemory(of process: Int32) -> Int? {
    if let text = SystemFile.text("/proc/\(process)/smaps_rollup") {
      for line in text.split(separator: "\n") where line.hasPrefix("Rss:") {
        return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
      }
    }
    let statm = SystemFile.text("/proc/\(process)/statm")?.split(separator: " ")
    return statm?.dropFirst().first.flatMap { Int($0) }.map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) }
  }

  /// The most that a process's resident memory has ever been, in bytes; nil where it is gone.
  package static func greatestMemory(of process: Int32) -> Int? {
    let line = SystemFile.text("/proc/\(process)/status")?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
  }

  private static func times(_ process: Int32) -> (parent: Int32, seconds: Double)? {
    guard let text = SystemFile.text("/proc/\(process)/stat"), let name = text.lastIndex(of: ")") else { return nil }
    // From the third field on: the second, the name, may hold anything.
    let fields = text[text.index(after: name)...].split(separator: " ")
    guard fields.count > 12, let parent = Int32(fields[1]), let user = Double(fields[11]),
      let system = Double(fields[12])
    else { return nil }
    return (parent, (user + system) / Double(sysconf(Int32(_SC_CLK_TCK))))
  }
}
