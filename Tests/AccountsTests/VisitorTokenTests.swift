import Accounts
import Testing

@Suite struct VisitorTokenTests {
  static let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

  @Test(arguments: [43, 44, 64, 128])
  func takesTokensOfGoodLength(_ length: Int) {
    let text = String(repeating: "aZ9_-", count: 26).prefix(length)
    #expect(VisitorToken(String(text))?.text == String(text))
  }

  @Test func takesEveryCharacterOfBase64URL() {
    #expect(VisitorToken(Self.alphabet) != nil)
  }

  @Test(arguments: [
    "", "a", String(repeating: "a", count: 42), String(repeating: "a", count: 129),
    // A JWT, padding, base64's other alphabet, white space, a NUL, and a letter that is no ASCII.
    String(repeating: "a", count: 43) + ".b.c", String(repeating: "a", count: 43) + "=",
    String(repeating: "a", count: 43) + "+", String(repeating: "a", count: 43) + "/",
    String(repeating: "a", count: 43) + " ", String(repeating: "a", count: 43) + "\n",
    String(repeating: "a", count: 43) + "\0", String(repeating: "a", count: 43) + "é",
    String(repeating: "é", count: 50),
  ])
  func refusesOtherText(_ text: String) {
    #expect(VisitorToken(text) == nil)
  }

  @Test func randomTokensAreTokensAndDiffer() {
    let tokens = (0..<1000).map { _ in VisitorToken.random() }
    #expect(Set(tokens.map(\.text)).count == 1000)
    // 256 bits take 43 characters.
    #expect(tokens.allSatisfy { $0.text.utf8.count == 43 && VisitorToken($0.text) == $0 })
  }

  @Test func everyBitOfARandomTokenIsRandom() {
    // Six bits a character, but for the last, which holds four: over 2,000 tokens each bit is set in 800 to 1,200 but
    // once in more than 10^18 runs.
    let values = Dictionary(uniqueKeysWithValues: Self.base64URL.enumerated().map { ($1, $0) })
    var set = [Int](repeating: 0, count: 43 * 6)
    for _ in 0..<2000 {
      for (place, byte) in VisitorToken.random().text.utf8.enumerated() {
        guard let value = values[byte] else { continue }
        for bit in 0..<6 where value & (32 >> bit) != 0 { set[place * 6 + bit] += 1 }
      }
    }
    #expect(set.prefix(256).allSatisfy { (800...1200).contains($0) })
    #expect(set.suffix(2) == [0, 0])
  }

  @Test func digestIsTheTextsOwn() throws {
    let token = try #require(VisitorToken(String(repeating: "a", count: 64)))
    #expect(hex(token.digest) == "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb")
  }

  private static let base64URL = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
}

@Suite struct SHA256Tests {
  /// NIST's example vectors of FIPS 180-4, and those of a million letters.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      String(repeating: "a", count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ])
  func knownDigests(_ text: String, _ digest: String) {
    #expect(hex(SHA256.digest(Array(text.utf8))) == digest)
  }

  @Test func comparesDigests() {
    let digest = SHA256.digest(Array("a".utf8))
    #expect(SHA256.equal(digest, digest))
    #expect(!SHA256.equal(digest, Array(digest.dropLast())))
    #expect(!SHA256.equal(digest, []))
    for place in digest.indices {
      var other = digest
      other[place] ^= 1
      #expect(!SHA256.equal(digest, other))
    }
  }
}

private func hex(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
