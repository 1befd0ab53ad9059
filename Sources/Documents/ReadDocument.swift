/// What was read of a document.
package struct ReadDocument: Sendable, Equatable {
  /// What it calls itself; nil: nothing.
  package var title: String?
  /// Its text, its headings, lists, tables and code as CommonMark. A heading may end with its anchor as `{#anchor}`;
  /// `{#}` is one that has none.
  package var markdown: [UInt8]
  /// The language that it says it is in, as `de-AT`; nil: it does not say.
  package var language: String?

  package init(title: String? = nil, markdown: [UInt8], language: String? = nil) {
    self.title = title
    self.markdown = markdown
    self.language = language
  }
}
