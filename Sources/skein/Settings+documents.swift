import Agents
import Documents
import Server

/// What `skein ingest` and `skein eval` are told.
struct IngestSettings {
  var site = ""
  var collection = "ingested"
  var language: SearchLanguage?
  var prunes = false
  /// What goes before a file's path where readers find it; empty: the server shows it.
  var address = ""
  /// Whether addresses that are not the public internet's may be fetched.
  var takesInner = false
  /// How long fetching one may take, and how often it may lead elsewhere.
  var fetching = DocumentFetcher.Limits()
}

extension Settings {
  static var ingest: [Option<Settings>] {
    [
      argument("site", "KEY", "The site that answers from them (the first site)") { settings, text in
        settings.ingest.site = text
        return !text.isEmpty
      },
      argument("collection", "NAME", "The set that they belong to (ingested)") { settings, text in
        settings.ingest.collection = text
        return (1...100).contains(text.unicodeScalars.count)
      },
      argument("language", "LANGUAGE", "Theirs, as de or german (what they say, else the site's first)") {
        settings, text in
        settings.ingest.language = SearchLanguage(text)
        return settings.ingest.language != nil
      },
      argument("address", "URL", "What goes before a file's path where readers find it (the server shows it)") {
        settings, text in
        settings.ingest.address = text.hasSuffix("/") ? text : text + "/"
        return text.hasPrefix("http://") || text.hasPrefix("https://")
      },
      Option(
        flag: "prune", value: nil, help: "Whether the set's other documents are removed (no)", hasVariable: false
      ) { settings, text in
        settings.ingest.prunes = text == "1" || text == "yes"
        return true
      },
      .onOff(
        "inner-documents", "Whether addresses that are not the public internet's may be fetched (no)",
        \.ingest.takesInner),
      .number(
        "fetch-seconds", "How long fetching one from the web may take, in seconds (60)", \.ingest.fetching.seconds,
        1...3600),
      .number(
        "fetch-redirections", "How often its address may lead to another (5)", \.ingest.fetching.redirections, 0...50),
    ]
  }

  static var documents: [Option<Settings>] {
    [
      .number(
        "document-bytes", "The largest document, in bytes (8388608)", \.server.documents.bytes, 1024...268_435_456),
      .number(
        "document-text-bytes", "The most text in one, in bytes (4194304)", \.server.documents.textBytes,
        1024...67_108_864),
      .number("document-depth", "How deep HTML may be nested (512)", \.server.documents.depth, 16...10_000),
      .number("document-pages", "The most pages of a PDF (2000)", \.server.documents.pages, 1...100_000),
      .number(
        "document-passages", "The most passages that one is cut into (10000)", \.server.documents.passages,
        1...100_000),
      .number(
        "pdf-seconds", "How long reading a PDF may take, in seconds (30)", \.server.documents.pdfSeconds, 1...600),
      .number(
        "pdf-megabytes", "The memory that it may take, in MiB (512)", \.server.documents.pdfMegabytes, 64...8192),
      .number(
        "documents-waiting", "Documents that may wait to be read; more are refused (16)",
        \.server.documents.waiting, 1...10_000),
      .number(
        "site-documents", "The most documents of one site (10000)", \.server.documents.perSite, 1...1_000_000),
    ]
  }
}
