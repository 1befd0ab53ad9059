/// How large a message's parts may be.
package struct HTTPLimits: Sendable {
  /// The request line in bytes, without its end; beyond it 414.
  package var requestLineBytes = 8 * 1024
  /// All header fields in bytes, with their line ends; beyond it 431.
  package var headerBytes = 16 * 1024
  /// The number of header fields; beyond it 431.
  package var fieldCount = 100
  /// The content in bytes, where the caller sets no other limit for the request; beyond it 413.
  package var bodyBytes = 1024 * 1024

  /// The usual limits.
  package init() {}
}
