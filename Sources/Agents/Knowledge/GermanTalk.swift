/// What can be told of a message in German without looking into any document.
enum GermanTalk {
  private static let greetings = words(
    "hallo hi hey moin servus guten tag morgen abend mahlzeit grüß gott grüße zusammen wie geht es ihnen dir liebe lieber"
  )
  private static let greetingMarks = words("hallo hi hey moin servus guten grüß mahlzeit")
  private static let thanks = words(
    "danke vielen dank schön sehr herzlichen super prima toll perfekt ok okay alles klar gut das hilft mir weiter war "
      + "hilfreich verstanden ihnen dir für die hilfe")
  private static let thanksMarks = words("danke dank super prima toll perfekt ok okay klar verstanden hilfreich")
  private static let farewells = words("tschüss tschüs ciao auf wiedersehen bis bald später dann gute nacht")
  private static let farewellMarks = words("tschüss tschüs ciao wiedersehen bald später nacht")
  private static let capabilities = [
    ["was", "kannst", "du"], ["was", "können", "sie"], ["wer", "bist", "du"], ["wer", "sind", "sie"],
    ["was", "weißt", "du"], ["was", "wissen", "sie"], ["was", "kann", "ich", "fragen"], ["wie", "heißt", "du"],
    ["wobei", "kannst", "du"], ["wobei", "können", "sie"],
  ]
  private static let more = words(
    "mehr weiter erzähl erzähle erzählen mir davon dazu darüber bitte und was noch sonst genauer details im detail ja ok "
      + "zeig zeige rest den das sie gibt es")
  private static let moreMarks = words("mehr weiter noch sonst genauer details detail rest")

  static func kind(_ all: [String], _ lists: WordLists) -> QuestionAnalysis.Kind {
    let set = Set(all)
    func isOf(_ words: Set<String>, _ marks: Set<String>) -> Bool {
      set.isSubset(of: words) && !set.isDisjoint(with: marks)
    }
    guard !all.isEmpty else { return .ask }
    if isOf(thanks, thanksMarks) { return .thanks }
    if isOf(farewells, farewellMarks) { return .farewell }
    if isOf(greetings, greetingMarks) { return .greeting }
    let saysLittle = { (word: String) in lists.empty.contains(word) || lists.soft.contains(word) }
    if all == ["hilfe"] { return .capabilities }
    if all.count <= 8, let start = capabilities.first(where: { all.starts(with: $0) }),
      all.dropFirst(start.count).allSatisfy(saysLittle)
    {
      return .capabilities
    }
    if all.count <= 6, !set.isDisjoint(with: lists.reasonWords), all.allSatisfy(saysLittle) { return .why }
    return all.count <= 8 && isOf(more, moreMarks) ? .more : .ask
  }

  private static let particles = words("ein aus an ab auf zu mit vor nach um los weg zurück her hin fest frei")

  /// "Wie schalte ich sie ein": the verb with its particle, as documents have it.
  static func joined(_ all: [String], _ lists: WordLists) -> [String] {
    guard all.count > 3, let particle = all.last, particles.contains(particle) else { return all }
    // It is the first word, or the second behind the one that asks.
    let place = lists.empty.contains(all[0]) ? 1 : 0
    let verb = all[place]
    guard verb.count >= 4, !lists.empty.contains(verb) else { return all }
    var joined = Array(all.dropLast())
    joined[place] = particle + verb
    return joined
  }

  static func isFollowUp(_ all: [String], _ words: [QuestionAnalysis.Word], _ lists: WordLists) -> Bool {
    guard let first = all.first else { return false }
    if ["und", "aber", "oder", "auch", "dann", "sonst", "warum", "wieso", "weshalb"].contains(first), all.count <= 12 {
      return true
    }
    if all.starts(with: ["was", "ist", "mit"]) || all.starts(with: ["wie", "ist", "es", "mit"]) { return true }
    if !words.contains(where: { $0.importance == 1 }) { return true }
    return all.contains { ["davon", "dazu", "damit", "darüber", "dafür", "dabei", "ihn", "ihm"].contains($0) }
  }

  private static func words(_ text: String) -> Set<String> { Set(text.split(separator: " ").map(String.init)) }
}
