/// Questions about HTTP's grammar (RFC 9110 section 5.6) that other modules ask.
package enum HTTPSyntax {
  /// Whether the text is a token.
  package static func isToken(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { HTTPText.isToken($0) }
  }
}
