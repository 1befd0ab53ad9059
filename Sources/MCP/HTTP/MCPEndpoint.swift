package import Redaction

/// Where a tool server is that is reached by streamable HTTP, and what it is shown.
package struct MCPEndpoint: Sendable {
  package var url: String
  /// Header fields of each request, a key among them. They are asked for each time, so that a key can be changed.
  package var fields: @Sendable () throws(MCPError) -> [(name: String, value: String)]
  /// What of its words nobody is told, since it was shown them by these fields.
  package var redaction: @Sendable () -> Redaction = { Redaction() }
  /// How long connecting may take, in milliseconds.
  package var connectMilliseconds: UInt64 = 10_000

  package init(
    _ url: String, fields: @escaping @Sendable () throws(MCPError) -> [(name: String, value: String)] = { () in [] }
  ) {
    self.url = url
    self.fields = fields
  }
}
