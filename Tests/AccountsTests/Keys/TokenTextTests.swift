import Accounts
import SeededRandom
import Testing

@Suite struct APIKeyTests {
  @Test func randomKeysAreKeysAndDiffer() {
    let keys = (0..<1000).map { _ in APIKey.random() }
    #expect(Set(keys.map(\.text)).count == 1000 && Set(keys.map(\.digest)).count == 1000)
    for key in keys {
      #expect(APIKey(key.text) == key)
      #expect(key.text.utf8.count == 50 && key.text.hasPrefix("sk_"))
      #expect(key.shown.utf8.count == 11 && key.text.hasPrefix(key.shown))
      #expect(!"\(key) \(String(reflecting: key))".contains(key.text))
      #expect(key.digest == SHA256.digest(Array(key.text.utf8)))
    }
  }

  /// Each character of a key another, left out, twice, and two neighbours exchanged.
  @Test func typingErrorsAreSpotted() {
    var random = SeededGenerator("typingErrorsAreSpotted")
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    var tried = 0
    var taken = 0
    for _ in 0..<20 {
      let text = Array(APIKey.random().text)
      for place in text.indices {
        var others = [text, text, text, text]
        others[0][place] = alphabet.randomElement(using: &random) ?? "A"
        others[1].remove(at: place)
        others[2].insert(text[place], at: place)
        others[3].swapAt(place, max(place - 1, 0))
        for other in others where other != text {
          tried += 1
          if APIKey(String(other)) != nil { taken += 1 }
        }
      }
    }
    #expect(tried > 3000)
    // One in 2^24 is taken by chance.
    #expect(taken == 0)
  }

  @Test(arguments: ["", "sk", "SK_", "rt_", "sk-", "sk__"])
  func refusesOtherPrefixes(_ prefix: String) {
    #expect(APIKey(prefix + APIKey.random().text.dropFirst(3)) == nil)
  }

  @Test func kindsAreNotTakenForEachOther() {
    let refresh = RefreshToken.random()
    let key = APIKey.random()
    #expect(APIKey(refresh.text) == nil && RefreshToken(key.text) == nil)
    #expect(APIKey(VisitorToken.random().text) == nil)
    #expect(RefreshToken(refresh.text) == refresh && refresh.text.utf8.count == 71)
    #expect(!"\(refresh) \(String(reflecting: refresh))".contains(refresh.text))
  }
}
