/// A piece of a statement as MySQL reads it.
struct MySQLToken: Equatable {
  enum Kind: Equatable {
    /// A keyword or a name without quotes.
    case word
    /// A name in backquotes.
    case name
    /// A literal in single or double quotes.
    case text
    case number
    /// An operator, a bracket, a comma.
    case sign
  }

  let kind: Kind
  /// As it is written.
  let text: String
  /// A word in capital letters, a name without its quotes; empty for others.
  let key: String
  /// What stands before it: white space, or nothing. Comments are one space.
  let space: String

  func isWord(_ word: String) -> Bool { kind == .word && key == word }
  func isSign(_ sign: String) -> Bool { kind == .sign && text == sign }
  /// Whether it may name something.
  var isName: Bool { kind == .word || kind == .name }
}
