/// Takes a statement to pieces as MySQL, MariaDB and TiDB do where the session's `sql_mode` has neither `ANSI_QUOTES` nor
/// `NO_BACKSLASH_ESCAPES`, and its character set is utf8mb4: `MySQLLink` sees to both. What they may read differently, or
/// what is not listed here, is refused. (MySQL's manual, chapter "Language Structure"; MariaDB's "SQL Language Structure".)
struct MySQLTokenizer {
  private let bytes: [UInt8]
  private var place = 0
  private var space: [UInt8] = []
  private var tokens: [MySQLToken] = []

  /// The pieces of a text, without comments.
  static func tokens(of text: String) throws(SQLRefusal) -> [MySQLToken] {
    var tokenizer = MySQLTokenizer(bytes: Array(text.utf8))
    try tokenizer.read()
    return tokenizer.tokens
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private func byte(_ ahead: Int = 0) -> UInt8? {
    place + ahead < bytes.count ? bytes[place + ahead] : nil
  }

  private mutating func read() throws(SQLRefusal) {
    while let byte = byte() {
      switch byte {
      case 9, 10, 11, 12, 13, 32:
        space.append(byte)
        place += 1
      case UInt8(ascii: "#"): skipLine()
      case UInt8(ascii: "-") where isLineComment: skipLine()
      case UInt8(ascii: "/") where self.byte(1) == UInt8(ascii: "*"): try skipComment()
      case UInt8(ascii: "'"), UInt8(ascii: "\""): try text(byte)
      case UInt8(ascii: "`"): try name()
      case 0x30...0x39: try number()
      case UInt8(ascii: ".") where Self.isDigit(self.byte(1)): try number()
      case _ where Self.isOfWords(byte): try word()
      default: try sign()
      }
    }
  }

  private mutating func take(_ kind: MySQLToken.Kind, _ count: Int, key: String = "") {
    let text = String(decoding: bytes[place..<place + count], as: UTF8.self)
    tokens.append(MySQLToken(kind: kind, text: text, key: key, space: String(decoding: space, as: UTF8.self)))
    space = []
    place += count
  }

  // MARK: Comments

  /// Two hyphens, and behind them white space or the end.
  private var isLineComment: Bool {
    byte(1) == UInt8(ascii: "-") && byte(2).map { $0 <= 32 || $0 == 127 } ?? true
  }

  private mutating func skipLine() {
    while let next = byte(), next != 10 { place += 1 }
    space = [10]
  }

  /// Comments with a mark at their beginning are run (`/*!`, `/*M!`, `/*T!`), or say how something is run (`/*+`).
  private mutating func skipComment() throws(SQLRefusal) {
    let start = place + 2
    var end = start
    while end + 1 < bytes.count, !(bytes[end] == UInt8(ascii: "*") && bytes[end + 1] == UInt8(ascii: "/")) { end += 1 }
    guard end + 1 < bytes.count else { throw SQLRefusal(.syntax, "A comment does not end.") }
    let comment = bytes[start..<end]
    let marks = [UInt8(ascii: "!"), UInt8(ascii: "+")]
    guard !comment.prefix(2).contains(where: marks.contains), !Self.contains(comment, "/*") else {
      throw SQLRefusal(.notAllowed, "Comments that the database would run or heed are not allowed.")
    }
    place = end + 2
    space = [32]
  }

  private static func contains(_ bytes: ArraySlice<UInt8>, _ text: String) -> Bool {
    bytes.firstRange(of: Array(text.utf8)) != nil
  }

  // MARK: Literals and names

  private mutating func text(_ quote: UInt8) throws(SQLRefusal) {
    var end = place + 1
    while end < bytes.count {
      switch bytes[end] {
      case UInt8(ascii: "\\"): end += 2
      case quote where end + 1 < bytes.count && bytes[end + 1] == quote: end += 2
      case quote: return take(.text, end + 1 - place)
      default: end += 1
      }
    }
    throw SQLRefusal(.syntax, "A text does not end.")
  }

  private mutating func name() throws(SQLRefusal) {
    let tick = UInt8(ascii: "`")
    var end = place + 1
    var name: [UInt8] = []
    while end < bytes.count {
      if bytes[end] == tick {
        guard end + 1 < bytes.count, bytes[end + 1] == tick else { break }
        end += 1
      }
      name.append(bytes[end])
      end += 1
    }
    guard end < bytes.count, !name.isEmpty else { throw SQLRefusal(.syntax, "A name in quotes does not end.") }
    take(.name, end + 1 - place, key: String(decoding: name, as: UTF8.self))
  }

  /// A name may begin with a digit, and then be taken for a number here: only what nobody takes for a name is one.
  private mutating func number() throws(SQLRefusal) {
    if byte() == UInt8(ascii: "."), let last = tokens.last, space.isEmpty, last.isName || last.kind == .number {
      throw Self.unreadable("a number")
    }
    var end = place
    func digits(_ isDigit: (UInt8?) -> Bool) { while end < bytes.count, isDigit(bytes[end]) { end += 1 } }
    let base = byte() == 0x30 ? byte(1) : nil
    if base == UInt8(ascii: "x") || base == UInt8(ascii: "b") {
      end += 2
      let start = end
      digits { base == UInt8(ascii: "x") ? Self.isHexDigit($0) : $0 == 0x30 || $0 == 0x31 }
      guard end > start else { throw Self.unreadable("a number") }
    } else {
      digits(Self.isDigit)
      if end < bytes.count, bytes[end] == UInt8(ascii: ".") {
        end += 1
        digits(Self.isDigit)
      }
      if end < bytes.count, bytes[end] | 32 == UInt8(ascii: "e") {
        var exponent = end + 1
        if exponent < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[exponent]) { exponent += 1 }
        guard exponent < bytes.count, Self.isDigit(bytes[exponent]) else { throw Self.unreadable("a number") }
        end = exponent
        digits(Self.isDigit)
      }
    }
    guard end == bytes.count || !Self.isOfWords(bytes[end]) && bytes[end] != UInt8(ascii: ".") else {
      throw Self.unreadable("a number")
    }
    take(.number, end - place)
  }

  private mutating func word() throws(SQLRefusal) {
    var end = place
    while end < bytes.count, Self.isOfWords(bytes[end]) { end += 1 }
    let word = String(decoding: bytes[place..<end], as: UTF8.self)
    // Letters beyond U+FFFF are in no name.
    guard word.unicodeScalars.allSatisfy({ $0.value <= 0xFFFF }), word.first != "$" else {
      throw Self.unreadable("the name \(word)")
    }
    let capitals = String(decoding: word.utf8.map { (0x61...0x7A).contains($0) ? $0 - 32 : $0 }, as: UTF8.self)
    take(.word, end - place, key: capitals)
    try introduces(capitals)
  }

  /// A word may say how the text behind it is read.
  private func introduces(_ word: String) throws(SQLRefusal) {
    var next = place
    while next < bytes.count, [9, 10, 11, 12, 13, 32].contains(bytes[next]) { next += 1 }
    let isBeforeText = next < bytes.count && [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(bytes[next])
    guard word.hasPrefix("_"), !["_UTF8MB4", "_BINARY"].contains(word) || !isBeforeText else { return }
    let isBeforeNumber =
      next < bytes.count && (Self.isDigit(bytes[next]) || "xXbBnN/#-".utf8.contains(bytes[next]))
    if isBeforeText || isBeforeNumber { throw Self.unreadable("the character set \(word.lowercased())") }
  }

  // MARK: Signs

  private static let signs = [
    "<=>", "->>", "<<", ">>", "<=", ">=", "<>", "!=", "&&", "||", "->", "(", ")", "+", "-", "*", "/", "%", "=", "<",
    ">",
    "!", "~", "&", "|", "^", ",", ".", ";",
  ].map { Array($0.utf8) }

  private mutating func sign() throws(SQLRefusal) {
    guard let sign = Self.signs.first(where: { bytes[place...].starts(with: $0) }) else {
      let character = String(decoding: bytes[place...].prefix(1), as: UTF8.self)
      switch character {
      case "@", ":": throw SQLRefusal(.notAllowed, "Variables are not allowed.")
      default: throw Self.unreadable("the character \(character)")
      }
    }
    // With a space behind it, as a comment that is taken out leaves one, this would begin a comment.
    if sign == [UInt8(ascii: "-")], space.isEmpty, tokens.last?.isSign("-") == true { throw Self.unreadable("--") }
    take(.sign, sign.count)
  }

  private static func unreadable(_ what: String) -> SQLRefusal {
    SQLRefusal(.syntax, "This can't be read for certain: \(what).")
  }

  // MARK: Bytes

  private static func isDigit(_ byte: UInt8?) -> Bool { byte.map { (0x30...0x39).contains($0) } ?? false }

  private static func isHexDigit(_ byte: UInt8?) -> Bool {
    isDigit(byte) || byte.map { (0x61...0x66).contains($0 | 32) } ?? false
  }

  /// What names without quotes are made of; all beyond ASCII is.
  private static func isOfWords(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...: true
    default: false
    }
  }
}
