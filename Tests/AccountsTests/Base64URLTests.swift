import Accounts
import SeededRandom
import Testing

@Suite struct Base64URLTests {
  /// RFC 4648 section 10, without padding, and the two characters that differ.
  @Test(arguments: [
    ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
    ("foobar", "Zm9vYmFy"),
  ])
  func knownTexts(_ plain: String, _ text: String) {
    #expect(Base64URL.encode(Array(plain.utf8)) == text)
    #expect(Base64URL.decode(text) == Array(plain.utf8))
  }

  @Test func usesTheAlphabetForURLs() {
    #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
    #expect(Base64URL.decode("-_8") == [0xFB, 0xFF])
  }

  @Test(arguments: ["Zg==", "Zg=", "Z", "Zm9vY", "Zh", "Zm9", "+/8", "Zm 8", "Zm8\n", "Zm8\0", "Zmé", "="])
  func refusesOtherTexts(_ text: String) {
    #expect(Base64URL.decode(text) == nil)
  }

  /// Each byte that is no character, behind, between and before good ones.
  @Test func refusesEveryForeignByte() {
    let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    for byte in UInt8.min...UInt8.max where !alphabet.contains(byte) {
      for place in 0..<4 {
        var text = Array("Zm9v".utf8)
        text[place] = byte
        #expect(Base64URL.decode(text[...]) == nil, "byte \(byte) at \(place)")
      }
    }
  }

  @Test func bytesComeBack() {
    var random = SeededGenerator("bytesComeBack")
    for _ in 0..<500 {
      let bytes = (0..<Int.random(in: 0...100, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      let text = Base64URL.encode(bytes)
      #expect(Base64URL.decode(text) == bytes)
      #expect(!text.contains("="))
    }
  }
}
