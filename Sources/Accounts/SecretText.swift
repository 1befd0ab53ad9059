/// A secret that is not written by accident: no description or reflection shows it.
package struct SecretText: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
  package let text: String

  package init(_ text: String) { self.text = text }

  package var description: String { "…" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
