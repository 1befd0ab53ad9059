import Testing
import WebSocketWire

@Suite struct WebSocketExtensionTests {
  static let good: [(String, [WebSocketExtension])] = [
    ("", []),
    (" ,\t, ", []),
    ("a", [WebSocketExtension("a")]),
    ("a, b", [WebSocketExtension("a"), WebSocketExtension("b")]),
    ("a,,b,", [WebSocketExtension("a"), WebSocketExtension("b")]),
    ("a;b", [WebSocketExtension("a", [.init("b")])]),
    (" a ; b = c ;d ", [WebSocketExtension("a", [.init("b", "c"), .init("d")])]),
    ("a; b=\"c\"", [WebSocketExtension("a", [.init("b", "c")])]),
    ("a; b=\"\\c\\d\", e", [WebSocketExtension("a", [.init("b", "cd")]), WebSocketExtension("e")]),
    ("a; b=1; b=2", [WebSocketExtension("a", [.init("b", "1"), .init("b", "2")])]),
    ("x-!#$%&'*+.^_`|~", [WebSocketExtension("x-!#$%&'*+.^_`|~")]),
  ]

  @Test(arguments: good) func listsAreRead(text: String, list: [WebSocketExtension]) {
    #expect(WebSocketExtension.list(text) == list)
    let written = list.map(\.description).joined(separator: ", ")
    #expect(WebSocketExtension.list(written) == list)
  }

  static let broken = [
    "a b", ";", "a;", "a;;b", "a; =", "a; b=", "a; =c", "a; b=c d", "a; b=\"c", "a; b=\"c\\", "a; b=\"\"",
    "a; b=\"c d\"", "a; b=\"c\"d", "a; b=\"c,d\"", "a(b)", "a/b", "ä", "a; b=\u{7F}", "=a", "\"a\"", "a=b",
  ]

  @Test(arguments: broken) func whatBreaksTheGrammarIsRefused(text: String) {
    #expect(WebSocketExtension.list(text) == nil)
  }
}
