import SkeinTestKit
import TLSEngine
import Testing

@Suite struct TransferTests {
  @Test("large data both ways, cut anywhere", arguments: [TLSVersion.tls12, .tls13])
  func large(_ version: TLSVersion) throws {
    let folder = try TestFolder()
    let (server, client) = try contexts(folder, maximum: version)
    let pair = try Pair(server, client)
    pair.exchange()
    let data = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    for piece in [32 * 1024, 16_411, 1000, 13] {
      pair.atClient = []
      pair.atServer = []
      try pair.send(data, from: pair.client)
      try pair.send(data, from: pair.server)
      pair.exchange(piece: piece)
      #expect(pair.atServer == data && pair.atClient == data)
    }
    #expect(pair.clientEnd == nil && pair.serverEnd == nil)
  }

  @Test("a close is told after the data before it")
  func close() throws {
    let folder = try TestFolder()
    let (server, client) = try contexts(folder)
    let pair = try Pair(server, client)
    pair.exchange()
    try pair.send([1, 2, 3], from: pair.server)
    pair.server.close()
    pair.exchange()
    #expect(pair.atClient == [1, 2, 3] && pair.clientEnd == .closed)
    // The other direction is still open.
    try pair.send([4], from: pair.client)
    pair.client.close()
    pair.exchange()
    #expect(pair.atServer == [4] && pair.serverEnd == .closed)
  }

  @Test("a changed byte is noticed", arguments: [TLSVersion.tls12, .tls13])
  func tampering(_ version: TLSVersion) throws {
    let folder = try TestFolder()
    let (server, client) = try contexts(folder, maximum: version)
    let pair = try Pair(server, client)
    pair.exchange()
    try pair.send(Array("hello".utf8), from: pair.client)
    pair.clientChannel.output[9] ^= 1
    pair.exchange()
    guard case .failed(let error) = pair.serverEnd else {
      Issue.record("taken")
      return
    }
    #expect(error.code == .record && pair.atServer.isEmpty)
    // Nothing leaves a broken session.
    try pair.send([1], from: pair.server)
    #expect(pair.serverChannel.output.isEmpty)
  }

  @Test("many sessions share a channel, and one goes over to another")
  func channels() throws {
    let folder = try TestFolder()
    let (server, client) = try contexts(folder)
    let first = try Pair(server, client)
    first.exchange()
    let other = try TLSChannel()
    first.server.move(to: other)
    try first.send([5, 6], from: first.server)
    #expect(first.serverChannel.output.isEmpty && !other.output.isEmpty)
    first.carry(first.take(other), 1, to: first.client) { bytes, _ in first.atClient += bytes }
    #expect(first.atClient == [5, 6])
    try first.send([7], from: first.client)
    first.carry(first.take(first.clientChannel), 100, to: first.server) { bytes, _ in first.atServer += bytes }
    #expect(first.atServer == [7])
  }
}
