import Testing

@testable import WebSocketWire

@Suite struct GatherBufferTests {
  @Test func itGrowsGeometrically() {
    var buffer = GatherBuffer()
    var capacities: Set<Int> = []
    for index in 0..<100_000 {
      withUnsafeBytes(of: UInt8(truncatingIfNeeded: index)) { buffer.append($0, expected: .max) }
      capacities.insert(buffer.capacity)
    }
    #expect(capacities.count < 12)
    let isRight = buffer.bytes().enumerated().allSatisfy { $1 == UInt8(truncatingIfNeeded: $0) }
    #expect(isRight && buffer.bytes().count == 100_000)
  }

  @Test func itDoesNotOvershootWhatIsExpected() {
    var buffer = GatherBuffer()
    for _ in 0..<1000 { withUnsafeBytes(of: UInt8(1)) { buffer.append($0, expected: 1000) } }
    let capacity = buffer.capacity
    buffer.truncate(to: 0)
    let isHeld = buffer.isHeld
    #expect(capacity == 1000 && !isHeld)
  }
}
