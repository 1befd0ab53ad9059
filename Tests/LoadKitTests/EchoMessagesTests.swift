import Testing
import WebSocketWire

@testable import LoadKit

@Suite struct EchoMessagesTests {
  @Test(arguments: [0, 20, 125, 126, 1024, 70_000]) func equalBytes(bytes: Int) {
    let messages = EchoMessages(bytes: bytes)
    #expect(messages.sizes == [bytes])
    #expect(messages.frames.map(\.count) == [WebSocketEncoder.headerLength(payload: bytes, isMasked: true) + bytes])
  }

  @Test func chatMessagesHaveTheirSizeAndDiffer() throws {
    let messages = EchoMessages(chat: 32, bytes: 700, isCompressed: false)
    #expect(messages.sizes == Array(repeating: 700, count: 32))
    #expect(Set(try messages.frames.map(payload)).count == 32)
  }

  @Test func compressedOnesAreTheSameAndSmaller() throws {
    let plain = EchoMessages(chat: 16, bytes: 1024, isCompressed: false)
    let packed = EchoMessages(chat: 16, bytes: 1024, isCompressed: true)
    #expect(packed.sizes == plain.sizes)
    #expect(try packed.frames.map(payload) == plain.frames.map(payload))
    for (packed, plain) in zip(packed.frames, plain.frames) { #expect(packed.count < plain.count * 2 / 3) }
  }

  @Test func textIsAsLongAsAsked() {
    var words = ChatWords(seed: 1)
    for bytes in [0, 1, 7, 500] { #expect(words.text(bytes).utf8.count == bytes) }
  }

  /// What a server reads in a frame.
  private func payload(_ frame: [UInt8]) throws -> [UInt8] {
    var frame = frame
    var decoder = WebSocketDecoder(role: .server, maxMessageBytes: 1 << 20, allowsCompression: true)
    var settings = WebSocketDeflateSettings()
    settings.isEnabled = true
    let pool = WebSocketDeflatePool(settings)
    var context: WebSocketDeflateContext? = WebSocketDeflateContext(
      WebSocketDeflate(serverKeepsContext: false, clientKeepsContext: false), role: .server)
    return try frame.withUnsafeMutableBytes { bytes in
      var offset = 0
      let event = try #require(try decoder.next(in: bytes, from: &offset))
      let plain = try pool.decompress(event, for: &context, limit: 1 << 20)
      #expect(offset == bytes.count)
      return Array(plain.payload)
    }
  }
}
