import Glibc

/// The loops of a process.
package final class LoopGroup: Sendable {
  package let loops: [EventLoop]

  /// Makes and starts the loops.
  /// - Parameters:
  ///   - count: how many; 0 means one for each processor.
  ///   - firstProcessor: pins the loops to this processor and those after it; nil leaves the choice to the kernel.
  package init(count: Int, firstProcessor: Int? = nil) throws(SystemError) {
    let count = count > 0 ? count : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    var loops: [EventLoop] = []
    for index in 0..<count { loops.append(try EventLoop(index: index, processor: firstProcessor.map { $0 + index })) }
    self.loops = loops
    for loop in loops { loop.start() }
  }

  /// Asks every loop to end; from any thread.
  package func stop() {
    for loop in loops { loop.stop() }
  }

  /// Waits until every loop has ended; from a thread that is none of them.
  package func join() {
    for loop in loops { loop.join() }
  }
}
