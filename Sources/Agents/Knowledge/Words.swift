/// The words of a text, cut as the search configuration cuts them.
enum Words {
  /// Lower case, in order: runs of letters and digits. An apostrophe ends a word, as all punctuation does.
  static func split(_ text: String) -> [String] { typed(text).map { $0.lowercased() } }

  /// The same as they were typed.
  static func typed(_ text: String) -> [String] {
    var words: [String] = []
    var word = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if isWord(scalar) {
        word.append(scalar)
      } else if !word.isEmpty {
        words.append(String(word))
        word = String.UnicodeScalarView()
      }
    }
    if !word.isEmpty { words.append(String(word)) }
    return words
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
      return ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
    }
    let properties = scalar.properties
    return properties.isAlphabetic || properties.numericType != nil || properties.generalCategory == .nonspacingMark
  }

  /// Whether a text's word is likely a form of a lexeme (the stem of a word).
  static func isForm(_ word: String, of lexeme: String) -> Bool {
    var stem = lexeme[...]
    if stem.count > 3, let last = stem.last, last == "i" || last == "e" { stem.removeLast() }
    return word == lexeme || (stem.count >= 3 && word.hasPrefix(stem) && word.utf8.count - stem.utf8.count <= 5)
  }

  /// Words that say nothing of what is asked.
  static let empty = set(
    """
    a an the this that these those it its itself i me my mine we us our you your yours he him his she her they them their
    is are was were be been being am isn aren wasn weren do does did doing don doesn didn done have has had having haven hasn
    can could may might must shall should will would cannot couldn shouldn wouldn won ll ve re s t d m
    and or but nor so if then than as of at by for from in into onto to with without about above across after against along
    among around before behind below beneath beside between beyond during inside near off on out outside over past per
    since through throughout under until up upon via within while when where which who whom whose what why how whether
    there here no not yes ok okay please hi hello hey dear thanks thank sir
    also too very just only even still yet again already ever never always often sometimes usually really quite rather
    some any all both each every either neither few many much more most less least several other another such same own
    tell say says said know knows think let lets im id ive whats hows wheres theres
    etc eg ie vs
    """)

  /// Words of asking and doing: they help to choose, but an answer does not depend on them.
  static let soft = set(
    """
    able about actually add added allow allowed allows along amount answer anyone anything ask asked asking
    available bad become becomes becoming besides best better big call called case cause causes change changed come
    comes concern concerning contain contained containing contains content correct create created creating data day
    days default depend describe detail details difference different difficult easy enable ensure everything exactly
    example examples exist exists expect explain explanation fact fast feature features find first fix follow
    following full general get gets getting give given gives go goes going good got great guess handle handled
    handles happen happened happening happens help hold hour hours idea important include included includes info
    information instead interested job keep keeps kind kinds large last learn left like list long look looking looks
    lot made main make makes making matter max maximum mean meaning means meant mention mentioned middle min minimum
    minute minutes month months need needed needs new next nice normal number obtain occur occurs old one order own
    part particular particularly people perform place point possible prefer problem proper properly provide provided
    provides purpose put question questions quick quickly ready real reason reasons recommend recommended related
    remain remains require required requires right roughly rule rules run running say says second seconds see seem
    seems set sets setting several short show shows simple simply situation small someone something somewhere sort
    sorts special specific specify stay stays step steps stuff support supported supports sure take taken takes talk
    talking tell tells thing things time times tried trouble try trying turn two type types understand use used
    useful user uses using usual value view want wanted wants way ways week weeks well went whole will wish wonder
    wondering work worked working works wrong year years
    """)

  /// Words that point back into the conversation.
  static let pointers = set(
    "it its this that these those they them their he she him her there one ones former latter same")

  private static func set(_ words: String) -> Set<String> {
    Set(words.split(whereSeparator: \.isWhitespace).map(String.init))
  }
}
