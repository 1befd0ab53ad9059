import Glibc

/// A PDF as Markdown, by poppler's `pdftotext`: a heading for each page, whose anchor browsers open it at.
enum PDFDocument {
  private static let program = "/usr/bin/pdftotext"

  /// Reads it on the calling thread, which waits for the program.
  static func read(_ bytes: [UInt8], _ limits: DocumentLimits) throws(DocumentError) -> ReadDocument {
    guard access(program, X_OK) == 0 else {
      throw DocumentError(.unavailable, "PDFs can't be read here: pdftotext (Debian's poppler-utils) is missing")
    }
    // Viewers take one whose mark is within the first kilobyte.
    guard String(decoding: bytes.prefix(1024), as: UTF8.self).contains("%PDF-") else {
      throw DocumentError(.unreadable, "this is no PDF")
    }
    let process = LimitedProcess(
      arguments: [program, "-q", "-enc", "UTF-8", "-eol", "unix", "-l", "\(limits.pages + 1)", "-", "-"],
      seconds: limits.pdfSeconds, megabytes: limits.pdfMegabytes, outputBytes: limits.textBytes)
    switch process.run(bytes) {
    case .done(let output): return try document(String(decoding: output, as: UTF8.self), limits)
    case .failed:
      throw DocumentError(.unreadable, "this PDF is broken, locked by a password, or takes too much to read")
    case .timedOut: throw DocumentError(.timedOut, "reading this PDF took more than \(limits.pdfSeconds) seconds")
    case .tooMuch: throw DocumentError(.tooLarge, "there are more than \(limits.textBytes) bytes of text in it")
    case .missing: throw DocumentError(.unavailable, "pdftotext can't be started")
    }
  }

  private static func document(_ text: String, _ limits: DocumentLimits) throws(DocumentError) -> ReadDocument {
    var pages = text.split(separator: "\u{c}", omittingEmptySubsequences: false).map(String.init)
    // A form feed ends each.
    if pages.last?.allSatisfy(\.isWhitespace) ?? false { pages.removeLast() }
    guard pages.count <= limits.pages else { throw DocumentError(.tooLarge, "it has more than \(limits.pages) pages") }
    guard text.contains(where: { $0.isLetter || $0.isNumber }) else {
      throw DocumentError(.empty, "there is no text in this PDF: it may hold pictures of pages")
    }
    var parts: [String] = []
    for (index, page) in pages.enumerated() where page.contains(where: { $0.isLetter || $0.isNumber }) {
      let words = PlainText.markdown(joined(cleaned(page)))
      parts.append(MarkdownText.heading(2, "Page \(index + 1)", anchor: "page=\(index + 1)") + "\n\n" + words)
    }
    return ReadDocument(
      title: pages.first.flatMap { PlainText.title($0) }, markdown: Array(parts.joined(separator: "\n\n").utf8))
  }

  private static func cleaned(_ text: String) -> String {
    String(decoding: TextEncoding.utf8(Array(text.utf8), charset: nil), as: UTF8.self)
  }

  /// With words whole that were divided at the ends of lines.
  private static func joined(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let end = rest.firstRange(of: "-\n") {
      let (head, tail) = (rest[..<end.lowerBound], rest[end.upperBound...])
      let isDivided = head.last?.isLetter ?? false && tail.first?.isLowercase ?? false
      result += head
      if !isDivided { result += "-\n" }
      rest = tail
    }
    return result + rest
  }
}
