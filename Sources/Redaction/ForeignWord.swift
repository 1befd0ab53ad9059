/// A word of somebody else's, such as a service's code of an error, that nobody is told before the secrets of the
/// connection are taken out: no description or reflection shows it.
package struct ForeignWord: Sendable, Equatable, CustomStringConvertible, CustomReflectable, ExpressibleByStringLiteral
{
  private let text: String

  package init(_ text: String) { self.text = text }

  package init(stringLiteral text: String) { self.text = text }

  /// It, in bounded length and plain characters, without the secrets.
  package func told(by redaction: Redaction) -> String { redaction.word(text) }

  package var isEmpty: Bool { text.isEmpty }
  package var description: String { isEmpty ? "" : "…" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
