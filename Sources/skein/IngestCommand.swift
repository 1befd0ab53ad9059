import Agents
import Calendar
import Documents
import Glibc
import HTTPClient
import Reactor
import Server
import Store

/// `skein ingest`
enum IngestCommand {
  static let usage = """
    usage: skein ingest [options] FILE|FOLDER|URL|@LIST...

    Loads documents that a site's knowledge agent answers from: Markdown, HTML, plain text and PDF; of a folder all that are in it, of a list the URLs that are its lines. What is as it was is left alone.
    """
  static var options: [Option<Settings>] {
    Settings.ingest + Settings.documents + Settings.embeddings + Settings.database + Settings.logging
  }

  static func run(_ arguments: [String], environment: [String: String], on loop: EventLoop) async throws {
    let (given, words) = Option.separate(options, arguments)
    var settings = Settings()
    try Option.parse(options, given, environment: environment, into: &settings)
    guard !words.isEmpty else { throw UsageError(message: "skein ingest takes files, folders, URLs or @LIST") }
    let sources = try DocumentSources(words)
    var limits = settings.ingest.fetching
    limits.bytes = settings.server.documents.bytes
    let fetcher = DocumentFetcher(loop: loop, takesInner: settings.ingest.takesInner, limits: limits)
    let reader = try DocumentReader(limits: settings.server.documents)
    let wanted = settings.ingest
    let tally = try await Server.keep(try settings.resolved(), log: settings.log) { books in
      let site = try await books.chosenSite(wanted.site)
      let book = DocumentBook(books, reader: reader, by: .command)
      var tally = try await ingest(sources, wanted, fetcher, book, site)
      tally.vectors = try await books.vectorsText(of: site)
      return tally
    }
    await fetcher.close()
    print(tally.text)
    if !tally.refused.isEmpty { throw UsageError(message: "\(tally.refused.count) could not be loaded") }
  }

  private static func ingest(
    _ sources: DocumentSources, _ settings: IngestSettings, _ fetcher: DocumentFetcher, _ book: DocumentBook,
    _ site: SiteRecord
  ) async throws -> IngestTally {
    let begun = EventLoop.monotonicMilliseconds()
    var tally = IngestTally()
    tally.refused = sources.refused
    if settings.prunes {
      // First, so that a file that was only renamed is no double of itself. What is refused below keeps its last version.
      let names = sources.items.map(\.name) + sources.refused.map(\.name)
      tally.removed = try await book.prune(settings.collection, keeping: names, on: site)
    }
    for (number, item) in sources.items.enumerated() {
      ProgressLine.show(item.name, number + 1, sources.items.count, since: begun)
      do {
        var document = try await load(item, settings, fetcher)
        document.language = settings.language
        switch try await book.store(document, on: site) {
        case .added: tally.added += 1
        case .replaced: tally.replaced += 1
        case .unchanged: tally.unchanged += 1
        case .duplicate(let other): tally.duplicates.append((item.name, other))
        case .tooMany: tally.refused.append((item.name, "the site has as many documents as it may"))
        }
      } catch let error as DocumentError {
        tally.refused.append((item.name, error.message))
      }
    }
    ProgressLine.end()
    return tally
  }

  private static func load(
    _ item: DocumentSources.Item, _ settings: IngestSettings, _ fetcher: DocumentFetcher
  ) async throws -> NewDocument {
    switch item.source {
    case .file(let path, let format):
      guard let content = FileBytes.read(path, most: fetcher.limits.bytes) else {
        throw DocumentError(.unreadable, "it can't be read, or is larger than \(fetcher.limits.bytes) bytes")
      }
      var document = NewDocument(path: item.name, collection: settings.collection, format: format, content: content)
      if !settings.address.isEmpty { document.url = settings.address + item.name.addressed }
      return document
    case .address(let url):
      let page = try await fetcher.fetch(url)
      var document = NewDocument(
        path: item.name, collection: settings.collection, format: page.format, content: page.content)
      (document.charset, document.url) = (page.charset, url)
      return document
    }
  }
}

/// What became of the documents that were to be loaded.
struct IngestTally: Sendable {
  var added = 0
  var replaced = 0
  var unchanged = 0
  var removed = 0
  var duplicates: [(name: String, other: String)] = []
  var refused: [(name: String, reason: String)] = []
  /// How vectors come along; nil: there are none.
  var vectors: String?

  var text: String {
    var lines = [
      "loaded:    \(added + replaced) (\(added) new, \(replaced) in a new version)", "unchanged: \(unchanged)",
      "removed:   \(removed)", "doubles:   \(duplicates.count)",
    ]
    lines += duplicates.map { "  \($0.name): the same as \($0.other)" }
    lines.append("refused:   \(refused.count)")
    lines += refused.map { "  \($0.name): \($0.reason)" }
    if let vectors { lines.append("vectors:   \(vectors)") }
    return lines.joined(separator: "\n")
  }
}

extension Books {
  /// How the vectors of a site's passages come along; nil where there are none.
  fileprivate func vectorsText(of site: SiteRecord) async throws -> String? {
    guard let (state, all, waiting, refused) = try await embeddings(of: site) else { return nil }
    var text = "\(waiting) of \(all) passages wait"
    if refused > 0 { text += ", \(refused) were refused by the model" }
    guard waiting > 0, let failure = state.failure, let since = state.since else { return text }
    return "\(text): \(failure) (since \(Timestamp.text(milliseconds: since / 1000)))"
  }

  /// The site of a key, or the first where none is said.
  func chosenSite(_ key: String) async throws -> SiteRecord {
    let book = sites(by: .command)
    if !key.isEmpty { return try await book.site(key) }
    guard let first = try await book.list().first else { throw UsageError(message: "there is no site") }
    return first
  }
}

extension String {
  /// A path as a part of an address (RFC 3986 section 3.3).
  fileprivate var addressed: String {
    utf8.map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: return String(UnicodeScalar(byte))
      case _ where "-._~/".utf8.contains(byte): return String(UnicodeScalar(byte))
      default: return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }
}
