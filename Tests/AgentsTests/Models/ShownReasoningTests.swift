import Testing

@testable import Agents

/// What persons are shown of a model's thoughts: so many bytes, and nothing that controls something.
@Suite struct ShownReasoningTests {
  private func shown(_ pieces: [String], left: Int) -> (text: String, isCut: Bool)? {
    var reasoning = ShownReasoning(left: left)
    for piece in pieces { reasoning.take(piece) }
    return reasoning.give()
  }

  @Test func itIsCutBetweenScalars() throws {
    let whole = try #require(shown(["\n Hm", "é\u{0}\u{1B}[1m漢\u{85}\n👋🏽"], left: 100))
    #expect(whole.text == "Hmé[1m漢\n👋🏽" && !whole.isCut)
    for left in 1..<20 {
      let cut = shown(["é漢👋🏽", "é漢👋🏽é漢👋🏽"], left: left) ?? ("", true)
      #expect(cut.text.utf8.count <= left && cut.isCut && "é漢👋🏽é漢👋🏽é漢👋🏽".utf8.starts(with: cut.text.utf8))
    }
    #expect(shown(["abc"], left: 3)?.isCut == false)
    #expect(shown(["abc", "d"], left: 3)?.isCut == true)
  }

  @Test func whatIsNotShownIsNothing() {
    #expect(shown(["thought"], left: 0) == nil)
    #expect(shown([" \n", "\u{7}"], left: 9) == nil)
  }

  @Test func whatWasGivenIsNotGivenAgain() {
    var reasoning = ShownReasoning(left: 5)
    reasoning.take("abc")
    #expect(reasoning.give()?.text == "abc" && reasoning.left == 2)
    reasoning.take("defg")
    let rest = reasoning.give()
    #expect(rest?.text == "de" && rest?.isCut == true)
    reasoning.take("h")
    #expect(reasoning.give() == nil)
  }
}
