import CLinux
import Glibc

/// Counts the system calls of a process, from its making on, by the kernel's own tracepoint (perf_event_open(2)). While
/// it counts, every system call of the machine takes a little longer: no time is to be measured meanwhile.
package final class SystemCallCounter {
  private var counters: [Int32] = []

  /// Nil where the kernel has no such tracepoint, or does not let us count: that takes root, and a mounted tracefs.
  package init?(process: Int32) {
    let folders = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"]
    let found = folders.lazy.compactMap { SystemFile.text("\($0)/events/raw_syscalls/sys_enter/id") }.first
    guard let id = found.flatMap({ UInt64($0.prefix { $0.isNumber }) }) else { return nil }
    for thread in SystemFile.threads(of: process) {
      let counter = linux_count_tracepoint(id, thread)
      guard counter >= 0 else { return nil }
      counters.append(counter)
    }
  }

  deinit { for counter in counters { close(counter) } }

  /// How many there have been.
  package var count: UInt64 {
    counters.reduce(0) { sum, counter in
      var value: UInt64 = 0
      return read(counter, &value, 8) == 8 ? sum + value : sum
    }
  }
}
