/// A message that can't be taken. A server answers it with `status` and closes the connection, since what follows on it
/// can't be told apart from the message any more.
package struct HTTPError: Error, Equatable, Sendable {
  /// The status of the answer.
  package let status: HTTPStatus
  /// A sentence for a developer.
  package let message: String

  /// An error of a status.
  package init(_ status: HTTPStatus, _ message: String) {
    self.status = status
    self.message = message
  }

  /// 400: the syntax is broken.
  static func syntax(_ message: String) -> HTTPError { HTTPError(.badRequest, message) }
}

extension HTTPError: CustomStringConvertible {
  /// The status and the sentence.
  package var description: String { "\(status.code) \(message)" }
}
