package import Agents
package import Documents
import JSONWire
import Postgres
package import Store

/// A document as it comes.
package struct NewDocument: Sendable {
  /// What it is named by on its site: a relative path, or its address.
  package var path: String
  package var collection: String
  package var format: DocumentFormat
  /// The encoding that it came with; nil: none was said.
  package var charset: String?
  /// Where readers find it; nil: the server shows it.
  package var url: String?
  /// Nil: what it calls itself.
  package var title: String?
  /// Nil: the one that it says it is in, else the site's.
  package var language: SearchLanguage?
  package var content: [UInt8]

  package init(path: String, collection: String, format: DocumentFormat, content: [UInt8]) {
    self.path = path
    self.collection = collection
    self.format = format
    self.content = content
  }
}

/// What the knowledge agent of a site answers from, for those who keep it.
package struct DocumentBook: Sendable {
  private let books: Books
  private let reader: DocumentReader
  private let origin: AuditOrigin

  package init(_ books: Books, reader: DocumentReader, by origin: AuditOrigin) {
    self.books = books
    self.reader = reader
    self.origin = origin
  }

  /// Reads a document, cuts it, and stores it where it is another than before.
  /// - Throws: `DocumentError`, `PostgresError`.
  package func store(_ document: NewDocument, on site: SiteRecord) async throws -> KnowledgeLibrary.Outcome {
    let read = try await reader.read(document.content, as: document.format, charset: document.charset)
    let language =
      document.language ?? read.language.flatMap { SearchLanguage($0) }
      ?? site.languages.lazy.compactMap { SearchLanguage($0) }.first ?? .english
    let mostPassages = reader.limits.passages
    let prepared = try await reader.work { () throws(DocumentError) in
      var entry = KnowledgeDocument(path: document.path, title: document.title ?? read.title, markdown: read.markdown)
      (entry.url, entry.mediaType, entry.bytes) = (document.url, document.format.mediaType, document.content.count)
      return try PreparedDocument(entry, language: language.rawValue, mostPassages: mostPassages)
    }
    let note = AuditBook.step(.documentStored, target: "document:\(document.path)", site: site.id, by: origin)
    return try await KnowledgeLibrary.store(
      prepared, in: KnowledgeLibrary.Place(site: site.id, collection: document.collection), of: books.client,
      most: reader.limits.perSite, noting: [note])
  }

  /// Removes the documents of a collection that are not among these.
  /// - Returns: how many.
  package func prune(_ collection: String, keeping paths: [String], on site: SiteRecord) async throws -> Int {
    let place = KnowledgeLibrary.Place(site: site.id, collection: collection)
    let removed = try await KnowledgeLibrary.prune(books.client, place, keeping: paths)
    if removed > 0 {
      try await books.audit.record(
        .documentDeleted, target: "documents:\(collection)", site: site.id,
        details: JSONObject([("count", .int(Int64(removed)))]),
        by: origin)
    }
    return removed
  }

  /// Deletes one by what requests name it by.
  /// - Returns: whether it was there.
  package func delete(_ id: String, on site: SiteRecord) async throws -> Bool {
    let note = AuditBook.step(.documentDeleted, target: "document:\(id)", site: site.id, by: origin)
    return try await KnowledgeLibrary.delete(id, of: site.id, from: books.client, noting: [note])
  }
}
