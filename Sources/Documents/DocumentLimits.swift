/// How large documents may be, and how long reading one may take.
package struct DocumentLimits: Sendable, Equatable {
  /// A document as it comes, in bytes.
  package var bytes = 8 * 1024 * 1024
  /// The text that is found in it, in bytes of UTF-8.
  package var textBytes = 4 * 1024 * 1024
  /// How deep the elements of HTML may be nested.
  package var depth = 512
  /// The pages of a PDF.
  package var pages = 2000
  /// How long `pdftotext` may take, in seconds.
  package var pdfSeconds = 30
  /// How much memory it may have, in MiB.
  package var pdfMegabytes = 512
  /// The passages that a document is cut into.
  package var passages = 10_000
  /// How many documents may wait to be read; more are refused.
  package var waiting = 16
  /// How many documents a site may have.
  package var perSite = 10_000

  package init() {}
}
