import Testing

@testable import Agents

@Suite struct AnswerTextTests {
  @Test(arguments: [
    "", " ", "one", "one two three four five six seven", "  a\n\n- b c\td  ", "🎏 naïve — עברית עוד מילה", "a  b  c  d",
  ])
  func piecesAreTheText(_ text: String) {
    let pieces = Pieces.cut(text)
    #expect(pieces.joined() == text)
    #expect(pieces.allSatisfy { !$0.isEmpty })
  }

  @Test func labelsAreFoundAgain() {
    let text =
      "I read “a” as “b”.\n\n"
      + AnswerText.of([("Operations › Backup", "Some **bold** text."), ("Settings", "**bold** words")])
    #expect(AnswerText.labels(in: text) == ["Operations › Backup", "Settings"])
  }

  @Test(arguments: [
    (["a", "b"], "a\n\nb"),
    (
      ["a\n\n| k | v |\n| - | - |\n| 1 | 2 |", "| k | v |\n| - | - |\n| 3 | 4 |"],
      "a\n\n| k | v |\n| - | - |\n| 1 | 2 |\n| 3 | 4 |"
    ),
    (
      ["| k | v |\n| - | - |\n| 1 | 2 |", "| x | y |\n| - | - |\n| 3 | 4 |"],
      "| k | v |\n| - | - |\n| 1 | 2 |\n\n| x | y |\n| - | - |\n| 3 | 4 |"
    ),
    ([], ""),
  ])
  func tablesThatWereCutAreJoined(_ texts: [String], _ whole: String) {
    #expect(AnswerText.joined(texts) == whole)
  }

  private func term(_ word: String, _ lexeme: String) -> Term {
    Term(
      word: word, importance: 1, rarity: 2,
      forms: [Term.Form(word: word, lexeme: lexeme, isStem: true, likeness: 1)])
  }

  @Test func aLongPassageGivesItsBestPart() {
    let filler = String(repeating: "Clouds move over the hill. ", count: 16)
    let table =
      "| setting | meaning |\n| --- | --- |\n"
      + (0..<30).map { "| key\($0) | something about number \($0) |" }.joined(separator: "\n")
      + "\n| heartbeat | seconds between signs of life |"
    let extract = Extract(terms: [term("heartbeat", "heartbeat")])
    #expect(extract.best(of: "short") == "short")
    let rows = extract.best(of: "\(filler)\n\nThe settings:\n\n\(table)")
    #expect(rows.contains("| heartbeat | seconds"))
    #expect(rows.contains("| setting | meaning |"))
    #expect(!rows.contains("key7 "))
    let sentences = extract.best(of: "\(filler)\(filler)The heartbeat comes every minute. \(filler)")
    #expect(sentences.contains("The heartbeat comes every minute."))
    #expect(sentences.count < 500)
  }

  @Test func excerptsAreShortAndPlain() {
    let extract = Extract(terms: [term("backups", "backup")])
    #expect(
      extract.excerpt(of: "First words. Make a **backup** with `lantern backup`. Last.")
        == "Make a backup with lantern backup.")
    #expect(extract.excerpt(of: "- A backup " + String(repeating: "of everything ", count: 40)).count <= 200)
    #expect(extract.excerpt(of: "") == "")
  }
}
