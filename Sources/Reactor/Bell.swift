import CLinux
import Glibc

/// A descriptor that is always readable: while it is watched a loop's waits end at once.
package struct Bell: ~Copyable {
  private let descriptor: Descriptor

  package init() throws(SystemError) {
    descriptor = try Descriptor("eventfd", linux_eventfd_create())
    var one: UInt64 = 1
    // A new counter takes it always.
    _ = write(descriptor.raw, &one, 8)
  }

  /// What is to be watched.
  package var fd: Int32 { descriptor.raw }
}
