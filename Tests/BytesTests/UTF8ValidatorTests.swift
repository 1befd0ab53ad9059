import Bytes
import Testing

// The expectation macro can't hold a span: these take arrays.
private func isValid(_ bytes: [UInt8]) -> Bool { UTF8Bytes.isValid(bytes.span.bytes) }
private func firstInvalid(_ bytes: [UInt8]) -> Int? { UTF8Bytes.firstInvalid(in: bytes.span.bytes) }
private func isBoundary(_ offset: Int, _ bytes: [UInt8]) -> Bool { UTF8Bytes.isBoundary(offset, in: bytes.span.bytes) }
private func boundary(_ offset: Int, _ bytes: [UInt8]) -> Int {
  UTF8Bytes.boundary(atOrBefore: offset, in: bytes.span.bytes)
}

@Suite struct UTF8ValidatorTests {
  static let valid: [[UInt8]] = [
    [], [0], [0x7F], [0xC2, 0x80], [0xDF, 0xBF], [0xE0, 0xA0, 0x80], [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80],
    [0xEF, 0xBF, 0xBF], [0xF0, 0x90, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF],
    Array("The quick brown fox jumps over the lazy dog".utf8), Array("κόσμε, 日本語, 👩🏽‍🚀 and שלום".utf8),
    Array("sixteen bytes ok".utf8), Array("1234567é".utf8), Array("12345678é".utf8),
  ]

  // Each with the offset of the byte that is wrong.
  static let invalid: [([UInt8], Int)] = [
    ([0x80], 0), ([0xBF], 0), ([0xC0, 0x80], 0), ([0xC1, 0xBF], 0), ([0xE0, 0x9F, 0xBF], 1), ([0xED, 0xA0, 0x80], 1),
    ([0xF0, 0x8F, 0xBF, 0xBF], 1), ([0xF4, 0x90, 0x80, 0x80], 1), ([0xF5, 0x80, 0x80, 0x80], 0), ([0xFF], 0),
    ([0xC2, 0x41], 1), ([0xE2, 0x82, 0x41], 2), ([0xF0, 0x9F, 0x98, 0x41], 3), ([0xC2], 1), ([0xE2, 0x82], 2),
    (Array("12345678".utf8) + [0xFF], 8), (Array("123456781234".utf8) + [0xFF, 0x41, 0x41, 0x41], 12),
  ]

  @Test(arguments: valid) func acceptsValidText(bytes: [UInt8]) {
    #expect(firstInvalid(bytes) == nil)
    #expect(isValid(bytes))
  }

  @Test(arguments: invalid) func namesTheFirstWrongByte(bytes: [UInt8], offset: Int) {
    #expect(firstInvalid(bytes) == offset)
    #expect(!isValid(bytes))
  }

  @Test(arguments: valid) func everyCutOfValidTextIsAccepted(bytes: [UInt8]) {
    for cut in 0...bytes.count {
      var validator = UTF8Validator()
      let first = validator.accept(bytes.span.bytes.extracting(0..<cut))
      #expect(first)
      #expect(validator.isComplete == isBoundary(cut, bytes))
      let second = validator.accept(bytes.span.bytes.extracting(cut..<bytes.count))
      #expect(second && validator.isComplete)
    }
  }

  @Test(arguments: invalid) func theFirstWrongByteFailsAtOnceWhateverTheCut(bytes: [UInt8], offset: Int) {
    var validator = UTF8Validator()
    for (index, byte) in bytes.enumerated() {
      let accepted = validator.accept([byte].span.bytes)
      #expect(accepted == (index < offset))
      if !accepted { return }
    }
    #expect(!validator.isComplete)
  }

  @Test func agreesWithTheStandardLibraryOnAllShortSequences() {
    let edges: [UInt8] = [
      0, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF,
      0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
    ]
    var failures = 0
    for first in edges {
      for second in edges {
        for third in edges {
          for fourth in edges {
            let bytes = [first, second, third, fourth]
            let expected = String(validating: bytes, as: UTF8.self) != nil
            if isValid(bytes) != expected { failures += 1 }
          }
        }
      }
    }
    #expect(failures == 0)
  }

  @Test func boundariesLieBetweenScalars() {
    let bytes = Array("aé€😀".utf8)
    let found = (0...bytes.count).filter { isBoundary($0, bytes) }
    #expect(found == [0, 1, 3, 6, 10])
    #expect(
      (0...12).map { boundary($0, bytes) }
        == [0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10, 10])
  }
}
