/// The languages that PostgreSQL has a search configuration for, by its own names.
package enum SearchLanguage: String, Sendable, CaseIterable {
  case danish, dutch, english, finnish, french, german, italian, norwegian, portuguese, russian, spanish, swedish
  case turkish
  /// Every other: words are found as they stand.
  case simple

  /// By its name, or by a language tag such as `de-AT` (RFC 5646); nil for one that is not known.
  package init?(_ text: String) {
    if let named = SearchLanguage(rawValue: text.lowercased()) {
      self = named
      return
    }
    switch text.lowercased().prefix(while: { $0 != "-" && $0 != "_" }) {
    case "da": self = .danish
    case "nl": self = .dutch
    case "en": self = .english
    case "fi": self = .finnish
    case "fr": self = .french
    case "de": self = .german
    case "it": self = .italian
    case "nb", "nn", "no": self = .norwegian
    case "pt": self = .portuguese
    case "ru": self = .russian
    case "es": self = .spanish
    case "sv": self = .swedish
    case "tr": self = .turkish
    default: return nil
    }
  }
}
