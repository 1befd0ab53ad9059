import Testing
import WebSocketWire

@Suite struct WebSocketEncoderTests {
  // RFC 6455 section 5.7.
  @Test func theExamplesOfTheStandard() {
    let hello = Array("Hello".utf8)
    #expect(frame(.text, hello, key: nil) == [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
    let key = UInt32(littleEndian: 0x3D21_FA37)
    #expect(frame(.text, hello, key: key) == [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58])
    #expect(frame(.text, Array("Hel".utf8), fin: false, key: nil) == [0x01, 0x03, 0x48, 0x65, 0x6C])
    #expect(frame(.continuation, Array("lo".utf8), key: nil) == [0x80, 0x02, 0x6C, 0x6F])
    #expect(frame(.ping, hello, key: nil) == [0x89, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
    #expect(frame(.binary, [UInt8](repeating: 0, count: 256), key: nil).prefix(4) == [0x82, 0x7E, 0x01, 0x00])
    #expect(
      frame(.binary, [UInt8](repeating: 0, count: 65536), key: nil).prefix(10) == [
        0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0,
      ])
  }

  @Test(arguments: [0, 1, 125, 126, 127, 65535, 65536, 70_000]) func aPayloadWrittenInPlaceGivesTheSameFrame(count: Int)
  {
    let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    for key in [nil, testKey] {
      var output: [UInt8] = [1, 2, 3]
      WebSocketEncoder.append(.binary, maskKey: key, to: &output) { $0 += payload }
      let expected = frame(.binary, payload, key: key)
      #expect(output == [1, 2, 3] + expected)
      #expect(
        WebSocketEncoder.headerLength(payload: count, isMasked: key != nil) == expected.count - payload.count)
    }
  }

  @Test func closeFrames() {
    var output: [UInt8] = []
    WebSocketEncoder.appendClose(nil, to: &output)
    #expect(output == [0x88, 0x00])
    output = []
    WebSocketEncoder.appendClose(.tooBig, reason: "big", to: &output)
    #expect(output == [0x88, 0x05, 0x03, 0xF1, 0x62, 0x69, 0x67])
    output = []
    // 123 bytes fit, which would cut the 41st of these characters of three bytes' ends exactly there.
    WebSocketEncoder.appendClose(.normal, reason: "x" + String(repeating: "€", count: 60), to: &output)
    #expect(output[1] == 2 + 1 + 40 * 3)
  }

  @Test func maskingTwiceGivesTheBytesAgain() {
    for count in Array(0..<100) + [127, 128, 135, 200] {
      let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      // A byte-wise mask is the measure.
      let key: [UInt8] = [0x12, 0x34, 0x56, 0x78]
      let expected = plain.enumerated().map { $1 ^ key[$0 & 3] }
      for split in 0...count {
        var bytes = plain
        var mask = WebSocketMask(key: testKey)
        var seen: UInt64 = 0
        bytes.withUnsafeMutableBytes { buffer in
          seen |= mask.apply(to: UnsafeMutableRawBufferPointer(rebasing: buffer[..<split]))
          seen |= mask.apply(to: UnsafeMutableRawBufferPointer(rebasing: buffer[split...]))
        }
        #expect(bytes == expected)
        #expect((seen != 0) == expected.contains { $0 >= 0x80 })
      }
    }
  }
}
