import Testing

@testable import Postgres

@Suite struct BackoffTests {
  @Test func waitsDoubleUpToTheirLimitWithJitter() {
    var backoff = Backoff(100...5_000)
    var generator = SystemRandomNumberGenerator()
    for step in [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000] as [UInt64] {
      #expect((step / 2...step).contains(backoff.failed(using: &generator)))
    }
    for _ in 0..<100 { _ = backoff.failed() }
    #expect((2_500...5_000).contains(backoff.failed()))
    backoff.succeeded()
    #expect((50...100).contains(backoff.failed()))
  }

  @Test func aQueueKeepsItsOrder() {
    var queue = Queue<Int>()
    var expected: [Int] = []
    var taken: [Int] = []
    for round in 0..<5_000 {
      queue.append(round)
      expected.append(round)
      if round % 3 == 0, let first = queue.popFirst() { taken.append(first) }
    }
    #expect(queue.count == expected.count - taken.count)
    queue.remove { $0.isMultiple(of: 2) && $0 > 4_000 }
    while let first = queue.popFirst() { taken.append(first) }
    #expect(taken == expected.filter { !($0.isMultiple(of: 2) && $0 > 4_000) })
    #expect(queue.isEmpty && queue.first == nil)
  }
}
