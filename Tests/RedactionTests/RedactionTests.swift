import JSONWire
import Redaction
import SeededRandom
import Testing

@Suite struct RedactionTests {
  private let redaction = Redaction(["sk-alpha-1", "sk-alpha-1-long", "ab", "é-secret"])

  @Test func secretsAreTakenOut() {
    #expect(redaction.clean("key sk-alpha-1!") == "key [secret]!")
    #expect(redaction.clean("sk-alpha-1-longer") == "[secret]er")
    // One that was cut off at the end.
    #expect(redaction.clean("key sk-alp") == "key [secret]")
    #expect(redaction.clean("sk-alpha-1sk-alpha-1") == "[secret][secret]")
    // A combining mark behind it hides nothing.
    #expect(redaction.clean("sk-alpha-1\u{301}") == "[secret]\u{301}")
    #expect(redaction.clean("é-secreté-secret") == "[secret][secret]")
    #expect(redaction.clean(Array("x sk-alpha-1".utf8) + [0xFF]) == Array("x [secret]".utf8) + [0xFF])
  }

  @Test func whatIsNoSecretStays() {
    #expect(redaction.clean("about sk-alpha-2 and sk-") == "about sk-alpha-2 and sk-")
    #expect(Redaction().clean("sk-alpha-1") == "sk-alpha-1")
    // What a server on one's own machine takes for a key is a word that answers are made of.
    let key = Redaction(["ollama", "sk-beta-0123"], from: Redaction.leastKeyBytes)
    #expect(key.clean("ollama pull sk-beta-0123") == "ollama pull [secret]")
  }

  @Test func valuesAreCleanedThroughout() {
    let value: JSONValue = ["a": ["sk-alpha-1", 1, ["sk-alpha-1": "x sk-alpha-1"]], "b": true]
    #expect(redaction.clean(value) == ["a": ["[secret]", 1, ["[secret]": "x [secret]"]], "b": true])
  }

  @Test func wordsArePlainAndShort() {
    #expect(redaction.word("a\nb\"{sk-alpha-1}") == "ab[secret]")
    // What is left out between them puts nothing together.
    #expect(redaction.word("sk-\u{200B}alp\"ha-1") == "[secret]")
    // It is cut behind that.
    #expect(
      redaction.word(String(repeating: "x", count: 55) + "sk-alpha-1") == String(repeating: "x", count: 55) + "[secr")
    #expect(redaction.word("é-secret") == "[secret]")
    #expect(redaction.word(String(repeating: "y", count: 1000)).utf8.count == 60)
  }

  @Test func aForeignWordShowsItselfToNobody() {
    struct Holder { let word: ForeignWord }
    let word = ForeignWord("sk-alpha-1")
    #expect("\(word) \(Holder(word: word)) \(String(reflecting: word))".contains("sk-") == false)
    #expect(word.told(by: redaction) == "[secret]")
    var dumped = ""
    dump(Holder(word: word), to: &dumped)
    #expect(!dumped.contains("sk-"))
  }

  @Test func aStreamIsCleanedHoweverItIsCut() {
    var random = SeededGenerator("a stream without secrets")
    let redaction = Redaction(["sk-sk-alpha", "aaaaaab", "éé👋éé👋"])
    let parts = ["sk-sk-alpha", "sk-", "aaaaaab", "aaaa", "éé👋éé👋", "é", "👋", "b", " text "]
    for _ in 0..<2000 {
      let text = (0..<Int.random(in: 0...8, using: &random)).map { _ in
        parts.randomElement(using: &random) ?? ""
      }.joined()
      var (stream, told) = (RedactedStream(redaction), "")
      var rest = Substring(text).unicodeScalars
      while !rest.isEmpty {
        let piece = rest.prefix(Int.random(in: 1...5, using: &random))
        rest = rest.dropFirst(piece.count)
        told += stream.take(String(piece))
        #expect(!told.contains("sk-sk-alpha"))
      }
      let end = stream.finish()
      #expect(told + end == redaction.clean(text), "\(text)")
    }
  }

  @Test func mostOfASecretAtTheEndOfAStreamIsOne() {
    var stream = RedactedStream(Redaction(["sk-alpha-1"]))
    #expect(stream.take("it is sk-alp") == "it is ")
    #expect(stream.finish() == "[secret]")
    #expect(stream.take("it is sk-") == "it is ")
    #expect(stream.finish() == "sk-")
  }

  @Test func namesTellWhatIsSecret() {
    #expect(["Authorization", "X-Api-Key", "PG_PASSWORD", "Cookie"].allSatisfy(SecretNames.holds))
    #expect(!["anthropic-version", "HOME", "Accept"].contains(where: SecretNames.holds))
    #expect(SecretNames.secrets(ofField: "Bearer abc") == ["Bearer abc", "abc"])
    #expect(SecretNames.secrets(ofURL: "https://a.example/v1?x=1&api_key=k1&token=k2") == ["k1", "k2"])
    #expect(SecretNames.secrets(ofURL: "https://a.example/v1").isEmpty)
  }
}
