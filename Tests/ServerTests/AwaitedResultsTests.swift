import SkeinTestKit
import Testing

@testable import Server

/// What is waited for once, and may be there before.
@Suite struct AwaitedResultsTests {
  /// Whoever has results of its own.
  private actor Holder {
    private let results = AwaitedResults<String, Int>()

    var isAwaited: Bool { results.isAwaited }
    func value(for key: String) async -> Int? { await results.value(for: key) }
    func come(_ value: Int, for key: String) { results.come(value, for: key) }
    func end() { results.end() }

    func untilAwaited() async {
      while !isAwaited { await Task.yield() }
    }
  }

  @Test func aResultThatComesFirstIsThere() async {
    let holder = Holder()
    await holder.come(1, for: "a")
    await holder.come(2, for: "b")
    await holder.come(3, for: "b")
    #expect(await holder.value(for: "a") == 1)
    #expect(await holder.value(for: "b") == 3)
    #expect(await !holder.isAwaited)
  }

  @Test func aResultThatComesLaterIsWaitedFor() async {
    let holder = Holder()
    async let value = holder.value(for: "a")
    await holder.untilAwaited()
    await holder.come(7, for: "b")
    await holder.come(1, for: "a")
    #expect(await value == 1)
    #expect(await holder.value(for: "b") == 7)
  }

  @Test func oneIsGivenOnce() async {
    let holder = Holder()
    await holder.come(1, for: "a")
    #expect(await holder.value(for: "a") == 1)
    async let again = holder.value(for: "a")
    await holder.untilAwaited()
    await holder.come(2, for: "a")
    #expect(await again == 2)
  }

  @Test func whoWaitsForWhatAnotherWaitsForTakesItsPlace() async {
    let holder = Holder()
    async let first = holder.value(for: "a")
    await holder.untilAwaited()
    async let second = holder.value(for: "a")
    #expect(await first == nil)
    await holder.come(5, for: "a")
    #expect(await second == 5)
  }

  @Test func theEndLetsAllGo() async {
    let holder = Holder()
    await holder.come(9, for: "early")
    async let value = holder.value(for: "a")
    await holder.untilAwaited()
    await holder.end()
    #expect(await value == nil)
    await holder.come(1, for: "b")
    #expect(await holder.value(for: "early") == nil)
    #expect(await holder.value(for: "b") == nil)
  }
}
