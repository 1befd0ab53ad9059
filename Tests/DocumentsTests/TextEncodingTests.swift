import SeededRandom
import Testing

@testable import Documents

/// Texts in other encodings than they should be, or say they are.
@Suite struct TextEncodingTests {
  private func text(_ bytes: [UInt8], _ charset: String? = nil) -> String {
    String(decoding: TextEncoding.utf8(bytes, charset: charset), as: UTF8.self)
  }

  @Test func encodingsAreMended() {
    let latin: [UInt8] = [0x47, 0x72, 0xFC, 0xDF, 0x65, 0x80]
    #expect(text(latin) == "Grüße€" && text(latin, "ISO-8859-1") == "Grüße€" && text(latin, "utf_8") == "Gr��e�")
    #expect(text(Array("Grüße".utf8), "iso-8859-1") == "Grüße", "what reads as UTF-8 is UTF-8")
    #expect(text([0xEF, 0xBB, 0xBF] + Array("a".utf8)) == "a")
    #expect(text([0xFF, 0xFE, 0x41, 0, 0xFC, 0]) == "Aü" && text([0xFE, 0xFF, 0, 0x41, 0, 0xFC]) == "Aü")
    #expect(text([0x41, 0, 0xFC, 0], "UTF-16") == "Aü")
    #expect(text([0xCF, 0xF0, 0xE8], "windows-1251") == "При" && text([0x93, 0xFA], "shift_jis") == "日")
    #expect(text([0xFC, 0x41], "klingon") == "üA", "an encoding that nobody knows is as none")
    #expect(text([0x41, 0, 0x0D, 0x0A, 0x42, 0x0D, 0x43, 0x07, 0x1B]) == "A\nB\nC")
    #expect(text([0xFF, 0xFE, 0x00, 0xD8, 0x41, 0x00]).hasSuffix("A"), "half a pair is replaced")
  }

  @Test func htmlSaysWhatItIs() {
    func declared(_ html: String) -> String? { TextEncoding.declared(inHTML: Array(html.utf8)) }
    #expect(declared("<meta charset=\"ISO-8859-2\">") == "iso-8859-2")
    #expect(declared("<META http-equiv=Content-Type content='text/html; Charset=koi8-r'>") == "koi8-r")
    #expect(declared("<p>") == nil)
    #expect(declared(String(repeating: " ", count: 2000) + "<meta charset=x>") == nil)
  }

  @Test func anyBytesBecomeText() {
    var random = SeededGenerator("texts of any bytes")
    let names = ["utf-8", "utf-16le", "utf-16be", "shift_jis", "gb18030", "big5", "euc-jp", "iso-8859-8", nil]
    for _ in 0..<3000 {
      let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      let result = TextEncoding.utf8(bytes, charset: names.randomElement(using: &random) ?? nil)
      #expect(String(validating: result, as: UTF8.self) != nil, "\(bytes)")
      #expect(!result.contains(0) && !result.contains(13))
    }
  }
}
