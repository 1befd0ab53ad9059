import CSodium
package import Documents

/// A document cut into passages, ready to be stored. Making one takes time in proportion to its text: no loop's work.
package struct PreparedDocument: Sendable {
  package let document: KnowledgeDocument
  /// PostgreSQL's name of the language it is written in.
  package let language: String
  let title: String
  let passages: [Passage]
  /// SHA-256 (FIPS 180-4) of all that the stored passages depend on.
  let digest: [UInt8]

  /// - Parameter mostPassages: a document with more is refused.
  package init(
    _ document: KnowledgeDocument, language: String, mostPassages: Int = 10_000
  ) throws(DocumentError) {
    let (heading, passages) = MarkdownSplitter().split(document.markdown)
    guard passages.count <= mostPassages else {
      throw DocumentError(.tooLarge, "it has more than \(mostPassages) passages")
    }
    self.document = document
    self.language = language
    self.passages = passages
    title = String((document.title ?? heading ?? Self.fileName(document.path)).prefix(300))
    digest = Self.digest(of: document, language: language)
  }

  /// Grows with every change of the splitter that should cut stored documents anew.
  private static let splitterVersion = "2"

  static func digest(of document: KnowledgeDocument, language: String) -> [UInt8] {
    let head = [splitterVersion, language, document.title ?? "", ""].joined(separator: "\u{0}")
    let bytes = Array(head.utf8) + document.markdown
    var digest = [UInt8](repeating: 0, count: 32)
    crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
    return digest
  }

  private static func fileName(_ path: String) -> String {
    let name = path.split(separator: "/").last ?? path[...]
    return String(name.split(separator: ".").first ?? name)
  }
}
