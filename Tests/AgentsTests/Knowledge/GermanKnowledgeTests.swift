import Conversation
import Postgres
import SkeinTestKit
import Testing

@testable import Agents

/// A site in German, and one in both languages.
@Suite struct GermanKnowledgeTests {
  private static let handbook = """
    # Leuchte

    Die Leuchte misst den Wind und zeigt ihn als Licht.

    ## Inbetriebnahme

    Zum Einschalten drücken Sie den Knopf fünf Sekunden lang. Danach leuchtet die Leuchte grün.

    ## Akku

    Der Akku hält zwölf Stunden. Laden Sie ihn nur mit dem beiliegenden Netzteil, weil andere ihn beschädigen.

    ## Kündigungsfrist und Vertragsende

    Der Vertrag endet mit einer Kündigungsfrist von drei Monaten zum Jahresende.

    ## Lieferung

    Wir liefern innerhalb von drei Werktagen. In die Schweiz kostet die Lieferung 12 Euro.

    ## Reinigung

    Wischen Sie das Gehäuse mit einem feuchten Tuch ab. Größere Verschmutzungen löst Seife.
    """

  private func library(_ extra: (String, String, String)? = nil) async throws -> LanternLibrary {
    let library = try await LanternLibrary(loaded: false)
    let document = KnowledgeDocument(path: "https://leuchte.example/handbuch", markdown: Array(Self.handbook.utf8))
    try await KnowledgeLibrary.load([document], into: library.client, collection: "de", language: "german")
    if let (path, text, language) = extra {
      try await KnowledgeLibrary.load(
        [KnowledgeDocument(path: path, markdown: Array(text.utf8))], into: library.client, collection: "x",
        language: language)
    }
    return library
  }

  static let questions: [(String, String)] = [
    ("Wie schalte ich die Leuchte ein?", "fünf Sekunden"), ("Wie lange hält der Akku?", "zwölf Stunden"),
    ("Was kostet der Versand in die Schweiz?", "12 Euro"), ("Wann kann ich kündigen?", "drei Monaten"),
    ("Wie lang ist die Frist?", "drei Monaten"), ("kuendigungsfrist", "drei Monaten"),
    ("Womit darf ich das Gehäuse putzen?", "feuchten Tuch"), ("Warum nur das beiliegende Netzteil?", "beschädigen"),
    ("Wie lange haelt die Baterie?", "zwölf Stunden"), ("Inbetriebnamhe", "grün"), ("Gehaeuse reinigen", "Tuch"),
    ("groessere Verschmutzung", "Seife"),
  ]

  @Test(arguments: questions)
  func questionsInGermanAreAnswered(question: String, expected: String) async throws {
    let answer = try await library().ask(question)
    #expect(answer.text.contains(expected), "\(answer.text)")
    #expect(answer.citations.first?.url?.hasPrefix("https://leuchte.example/handbuch#") == true)
  }

  @Test func itSpeaksTheLanguageThatItIsAskedIn() async throws {
    let library = try await library()
    #expect(try await library.ask("Hallo").text.hasPrefix("Hallo! Ich beantworte Fragen"))
    #expect(try await library.ask("Danke!").text.hasPrefix("Gern geschehen"))
    #expect(try await library.ask("Was kannst du?").text.contains("Meine Dokumente"))
    #expect(
      try await library.ask("Wer ist Kanzler?").text.hasPrefix(
        "Das weiß ich nicht: nichts in meinen Dokumenten handelt von „Kanzler“"))
    #expect(try await library.ask("Wie lange hält der Akuk?").text.hasPrefix("Ich habe „akuk“ gelesen als „akku“."))
    let turns = try await library.converse(["Wie lange hält der Akku?", "Warum?", "Erzähl mir mehr"])
    #expect(turns[1].text.contains("beschädigen") && !turns[2].text.isEmpty)
  }

  @Test func bothLanguagesAreUnderstood() async throws {
    let library = try await library(
      (
        "https://leuchte.example/manual", "# Manual\n\n## Opening hours\n\nThe shop opens at nine and dies at six.",
        "english"
      ))
    #expect(try await library.ask("When does the shop open?").text.contains("nine"))
    #expect(try await library.ask("Wie lange hält der Akku?").text.contains("zwölf Stunden"))
    #expect(try await library.ask("What about bananas?").text.hasPrefix("I don't know"))
    #expect(try await library.ask("Wo gibt es denn Bananen?").text.hasPrefix("Das weiß ich nicht"))
  }

  @Test func languagesAreTold() {
    #expect(SearchLanguage("de-AT") == .german && SearchLanguage("EN_us") == .english && SearchLanguage("tlh") == nil)
    #expect(SearchLanguage("simple") == .simple && SearchLanguage("") == nil && SearchLanguage("German") == .german)
    let both = ["english", "german"]
    #expect(WordLists.of("wie ist das denn", among: both).language == "german")
    #expect(WordLists.of("how is that", among: both).language == "english")
    #expect(WordLists.of("lantern", among: ["german"]).language == "german")
    #expect(WordLists.of("lantern", among: []).language == "english")
    #expect(
      WordLists.spellings(of: "strasse") == ["straße"] && WordLists.spellings(of: "übergröße").contains("uebergroesse"))
  }
}
