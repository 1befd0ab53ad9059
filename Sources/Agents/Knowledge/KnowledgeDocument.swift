/// A document to be answered from.
package struct KnowledgeDocument: Sendable, Equatable {
  /// Its name in the library and in links: a relative path such as `docs/operations.md`, or a URL.
  package var path: String
  /// Nil: its first heading, else its file's name.
  package var title: String?
  /// CommonMark with tables; invalid UTF-8 is repaired.
  package var markdown: [UInt8]
  /// Where readers find it; nil: at its path, where that is a URL or belongs to this program, else the server shows it.
  package var url: String?
  /// What it was before it became Markdown.
  package var mediaType = "text/markdown"
  /// How large it was then; nil: as it is now.
  package var bytes: Int?

  package init(path: String, title: String? = nil, markdown: [UInt8]) {
    self.path = path
    self.title = title
    self.markdown = markdown
  }
}

/// A part of a document that is found, shown and cited as one.
package struct Passage: Sendable, Equatable {
  /// The headings above it, outermost first, without the document's title.
  package var headings: [String]
  /// The innermost heading's anchor, as GitHub makes it; empty before the first heading.
  package var anchor: String
  /// Markdown.
  package var content: String

  package init(headings: [String], anchor: String, content: String) {
    self.headings = headings
    self.anchor = anchor
    self.content = content
  }
}
