import HTTPWire

extension Route {
  /// The conversation over plain HTTP: what is done in a session, on its loop.
  static let conversation: [Route] = [
    Route(.get, "/v1/sessions/{id}/stream", .owner, .session(.stream)),
    Route(.post, "/v1/sessions/{id}/messages", .owner, content: .json, .session(.messages)),
    Route(.post, "/v1/sessions/{id}/stop", .owner, content: .json, .session(.stop)),
    Route(.post, "/v1/sessions/{id}/retry", .owner, content: .json, .session(.retry)),
    Route(.post, "/v1/sessions/{id}/tickets", .owner, .session(.tickets)),
  ]
}
