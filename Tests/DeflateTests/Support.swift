import Deflate
import SeededRandom

extension SeededGenerator {
  /// Bytes of some entropy, from none to all.
  mutating func message(upTo most: Int) -> [UInt8] {
    let letters = UInt8.random(in: 0...255, using: &self)
    let word = (0..<Int.random(in: 1...40, using: &self)).map { _ in UInt8.random(in: 0...letters, using: &self) }
    var bytes: [UInt8] = []
    let count = Int.random(in: 1...most, using: &self)
    while bytes.count < count {
      bytes += Bool.random(using: &self) ? word : [UInt8.random(in: 0...letters, using: &self)]
    }
    return Array(bytes[..<count])
  }
}

extension Deflater {
  mutating func compress(_ message: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    compress(message.span.bytes, to: &output)
    return output
  }
}

extension Inflater {
  /// The whole message, read in pieces of a size.
  mutating func message(_ bytes: [UInt8], pieces: Int = 1000) throws -> [UInt8] {
    let source = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: pieces, alignment: 1)
    defer {
      source.deallocate()
      room.deallocate()
    }
    source.copyBytes(from: bytes)
    begin(UnsafeRawBufferPointer(source))
    var output: [UInt8] = []
    while true {
      let count = try read(into: room)
      if count == 0 { return output }
      output += room[..<count]
    }
  }
}
