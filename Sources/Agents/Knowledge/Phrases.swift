/// What the knowledge agent says in its own words, in the language it was asked in.
struct Phrases: Sendable {
  let hello: String
  let thanks: String
  let goodbye: String
  let capabilities: String
  let noDocuments: String
  let askForWords: String
  /// What it answers from: a list comes between the two parts.
  let offer: (before: String, after: String)
  let and: String
  let or: String
  /// What was understood: words as they were typed and as they were read.
  let read: (before: String, between: String)
  let quotes: (open: String, close: String)
  let unknown: String
  let unknownOf: String
  let nearest: String
  let about: String
  let end: String
  let noReason: String

  static func of(_ language: String) -> Phrases { language == "german" ? german : english }

  static let english = Phrases(
    hello: "Hello!", thanks: "You're welcome. Ask me whenever there is something else.",
    goodbye: "Goodbye! This conversation stays here for when you come back.",
    capabilities:
      "I look your question up in my documents and show you the passages that answer it, with their sources. "
      + "I don't make anything up: where they say nothing, I tell you so.\n\nMy documents:\n\n",
    noDocuments: "I have no documents yet, so I can't answer anything.",
    askForWords: "What would you like to know? Please ask in a few words.",
    offer: ("I answer questions from my documents: ", ". What would you like to know?"), and: "and", or: "or",
    read: ("I read ", " as "), quotes: ("“", "”"),
    unknown: "I don't know: nothing in my documents answers this.",
    unknownOf: "I don't know: nothing in my documents speaks of ", nearest: " The nearest that I have: ",
    about: " They are about: ", end: "That is all that my documents say there.",
    noReason: "My documents give no reason for that.")

  static let german = Phrases(
    hello: "Hallo!", thanks: "Gern geschehen. Fragen Sie, wenn noch etwas ist.",
    goodbye: "Auf Wiedersehen! Dieses Gespräch bleibt hier, bis Sie wiederkommen.",
    capabilities:
      "Ich suche Ihre Frage in meinen Dokumenten und zeige Ihnen die Stellen, die sie beantworten, mit ihren Quellen. "
      + "Ich erfinde nichts: wo sie nichts sagen, sage ich das.\n\nMeine Dokumente:\n\n",
    noDocuments: "Ich habe noch keine Dokumente und kann deshalb nichts beantworten.",
    askForWords: "Was möchten Sie wissen? Bitte fragen Sie in ein paar Worten.",
    offer: ("Ich beantworte Fragen aus meinen Dokumenten: ", ". Was möchten Sie wissen?"), and: "und", or: "oder",
    read: ("Ich habe ", " gelesen als "), quotes: ("„", "“"),
    unknown: "Das weiß ich nicht: nichts in meinen Dokumenten beantwortet es.",
    unknownOf: "Das weiß ich nicht: nichts in meinen Dokumenten handelt von ", nearest: " Am nächsten kommt: ",
    about: " Sie handeln von: ", end: "Mehr sagen meine Dokumente dort nicht.",
    noReason: "Meine Dokumente nennen dafür keinen Grund.")

  /// "a, b and c".
  func list(_ items: [String], _ joint: String? = nil) -> String {
    guard let last = items.last, items.count > 1 else { return items.first ?? "" }
    return items.dropLast().joined(separator: ", ") + " \(joint ?? and) " + last
  }

  func quoted(_ word: String) -> String { quotes.open + word + quotes.close }
}
