import Glibc
import ProxyWire
import Synchronization
import Testing

@testable import Databases

/// How names are looked up when some of their name servers do not answer.
@Suite struct HostResolverTests {
  /// A name server that hangs for names of `slow`, until it is let go.
  private final class Names: Sendable {
    private let state = Mutex([String]())
    /// Reading ends when the other end is closed.
    private let gate: (reading: Int32, writing: Int32)

    init() {
      var ends: [Int32] = [-1, -1]
      pipe(&ends)
      gate = (ends[0], ends[1])
    }

    deinit { close(gate.reading) }

    var asked: [String] { state.withLock { $0 } }
    func letGo() { close(gate.writing) }

    func addresses(of name: String) -> [IPAddress] {
      state.withLock { $0.append(name) }
      if name.hasPrefix("slow") {
        var byte: UInt8 = 0
        _ = read(gate.reading, &byte, 1)
      }
      return name.hasPrefix("none") ? [] : [IPAddress("192.0.2.\(name.utf8.count)")].compactMap(\.self)
    }

    func until(_ isThere: ([String]) -> Bool) async {
      while !isThere(asked) { await Task.yield() }
    }
  }

  private func resolver(_ names: Names, threads: Int = 2, most: Int = 64) throws -> HostResolver {
    try HostResolver(threads: threads, mostWaiting: most) { names.addresses(of: $0) }
  }

  @Test func oneThatHangsKeepsNobodyElse() async throws {
    let names = Names()
    let resolver = try resolver(names)
    async let slow = resolver.addresses(of: "slow")
    await names.until { $0 == ["slow"] }
    for _ in 0..<10 { #expect(try await resolver.addresses(of: "other").count == 1) }
    names.letGo()
    #expect(try await slow == [try #require(IPAddress("192.0.2.4"))])
    #expect(resolver.waiting == 0)
  }

  @Test func aNameIsAskedForOnceAtATime() async throws {
    let names = Names()
    let resolver = try resolver(names)
    let all = (0..<20).map { number in
      Task { try await resolver.addresses(of: number.isMultiple(of: 2) ? "slow" : "SLOW") }
    }
    while resolver.waiting < 20 { await Task.yield() }
    // The other thread is free.
    #expect(try await resolver.addresses(of: "other").count == 1)
    names.letGo()
    for task in all { #expect(try await task.value.count == 1) }
    #expect(names.asked == ["slow", "other"])
    // What was found is not kept.
    #expect(try await resolver.addresses(of: "slow").count == 1)
    #expect(names.asked == ["slow", "other", "slow"])
  }

  @Test func whatNoThreadIsFreeForWaitsItsTurn() async throws {
    let names = Names()
    let resolver = try resolver(names)
    let slow = ["slow1", "slow2"].map { name in Task { try await resolver.addresses(of: name) } }
    await names.until { $0.count == 2 }
    let others = (0..<5).map { number in Task { try await resolver.addresses(of: "other\(number)") } }
    while resolver.waiting < 7 { await Task.yield() }
    #expect(names.asked.count == 2)
    names.letGo()
    for task in slow + others { #expect(try await task.value.count == 1) }
    #expect(Set(names.asked).count == 7 && resolver.waiting == 0)
  }

  @Test func soManyMayWait() async throws {
    let names = Names()
    let resolver = try resolver(names, threads: 1, most: 3)
    let slow = (0..<3).map { number in Task { try await resolver.addresses(of: "slow\(number)") } }
    while resolver.waiting < 3 { await Task.yield() }
    let error = await #expect(throws: DatabaseError.self) { try await resolver.addresses(of: "other") }
    #expect(error?.code == .busy)
    // Who needs no name server is not kept by any.
    #expect(try await resolver.addresses(of: "127.0.0.1").count == 1)
    names.letGo()
    for task in slow { #expect(try await task.value.count == 1) }
    #expect(try await resolver.addresses(of: "other").count == 1)
  }

  @Test func whatIsNotKnownIsToldSo() async throws {
    let resolver = try resolver(Names())
    let error = await #expect(throws: DatabaseError.self) { try await resolver.addresses(of: "none") }
    #expect(error?.code == .unreachable && error?.message == "The host none is not known.")
    #expect(!SystemResolver.addresses(of: "localhost").isEmpty)
    #expect(SystemResolver.addresses(of: "none.invalid").isEmpty)
  }
}
