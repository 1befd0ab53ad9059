/// What kind of document some bytes are.
package enum DocumentFormat: String, Sendable, CaseIterable {
  case markdown, html, text, pdf

  /// By a media type (RFC 9110 section 8.3.1), whatever parameters follow it; nil for what is not read.
  package init?(mediaType: String) {
    let name = mediaType.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
    switch name {
    case "text/markdown", "text/x-markdown": self = .markdown
    case "text/html", "application/xhtml+xml": self = .html
    case "text/plain": self = .text
    case "application/pdf", "application/x-pdf": self = .pdf
    default: return nil
    }
  }

  /// By the ending of a name; nil for what is not read.
  package init?(name: String) {
    switch name.split(separator: ".").last?.lowercased() {
    case "md", "markdown", "mdown": self = .markdown
    case "html", "htm", "xhtml": self = .html
    case "txt", "text": self = .text
    case "pdf": self = .pdf
    default: return nil
    }
  }

  /// The media type of its documents.
  package var mediaType: String {
    switch self {
    case .markdown: "text/markdown"
    case .html: "text/html"
    case .text: "text/plain"
    case .pdf: "application/pdf"
    }
  }
}
