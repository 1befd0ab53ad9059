/// Why a document can't be taken.
package struct DocumentError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong.
  package enum Code: String, Sendable {
    /// It is of none of the kinds that are read.
    case unsupported
    /// It is larger, longer or deeper than allowed.
    case tooLarge
    /// There are no words in it.
    case empty
    /// It is broken, or locked.
    case unreadable
    /// Reading it took too long.
    case timedOut
    /// Too many others are being read.
    case busy
    /// The machine lacks what reading it takes.
    case unavailable
  }

  package let code: Code
  /// One sentence for a person, without a word of the document.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
