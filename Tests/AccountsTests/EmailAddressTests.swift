import Accounts
import Testing

@Suite struct EmailAddressTests {
  @Test(
    arguments: [
      ("a@example.com", "a@example.com"), ("Ada.Lovelace+x@Example.COM", "ada.lovelace+x@example.com"),
      ("JOSE\u{301}@example.com", "jos\u{e9}@example.com"),
      ("\u{c5}se@m\u{fc}nchen.example", "\u{e5}se@m\u{fc}nchen.example"),
      ("root@localhost", "root@localhost"), ("o'brien@xn--mnchen-3ya.example", "o'brien@xn--mnchen-3ya.example"),
    ])
  func isComparedInSmallLetters(_ text: String, _ expected: String) {
    #expect(EmailAddress(text).map { Array($0.text.utf8) } == Array(expected.utf8))
  }

  @Test(
    arguments: [
      "", "@", "a@", "@b", "a", "a@b@c", "a b@c", " a@b", "a@b ", "a\n@b", "a\0@b", "a@b..c", "a@.b", "a@b.", "a@-b",
      "a@b-",
      "a@b_c", "a@[127.0.0.1]", "<a@b>", "a,b@c", "\"a b\"@c", "a\u{200b}@b", "a\u{202e}@b", "a\u{a0}@b", "a@b/c",
      String(repeating: "a", count: 65) + "@example.com", "a@" + String(repeating: "b", count: 64),
      "a@" + String(repeating: "b.", count: 130) + "c",
    ])
  func refusesOtherText(_ text: String) {
    #expect(EmailAddress(text) == nil)
  }
}
