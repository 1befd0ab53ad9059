import Glibc

/// An open file descriptor with one owner: closed exactly once, when its owner lets it go.
package struct Descriptor: ~Copyable {
  package let raw: Int32

  /// Takes over `raw`, which nobody else closes from now on.
  package init(owning raw: Int32) {
    self.raw = raw
  }

  /// Takes over what a system call answered, or throws its error where it answered -1.
  package init(_ call: String, _ raw: Int32) throws(SystemError) {
    guard raw >= 0 else { throw SystemError(call) }
    self.raw = raw
  }

  deinit { close(raw) }

  /// Hands the descriptor to an owner outside Swift, who closes it.
  package consuming func release() -> Int32 {
    let raw = self.raw
    discard self
    return raw
  }
}
