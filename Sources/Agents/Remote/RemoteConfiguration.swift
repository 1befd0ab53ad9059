package import Accounts
package import JSONWire

/// What another's service speaks that answers.
package enum RemoteFormat: String, Sendable, CaseIterable {
  /// The events of AG-UI.
  case agui = "ag-ui"
  /// Our own: the conversation as JSON there, text back.
  case text = "remote"
}

/// How a service that others wrote is asked, as an agent's configuration says it.
package struct RemoteConfiguration: Sendable, Equatable {
  package var format: RemoteFormat
  package var service: ServiceSettings
  /// With what requests are signed, so that the service knows from whom they are.
  package var secret: ModelKey

  /// Its members as they are stored and shown.
  static let members = ServiceSettings.members.union(["secret", "secret_env", "secret_file"])

  /// Reads a configuration; strict, so that a slip is told at once.
  /// - Parameter secrets: what is stored behind its marks, by their places.
  package init(
    _ format: RemoteFormat, _ object: JSONObject, secrets: [String: SecretText] = [:]
  ) throws(ConfigurationError) {
    self.format = format
    let members = ConfigurationMembers(object, secrets: secrets)
    try members.allow(Self.members)
    // What a service does for a question it may not do twice unasked.
    service = try ServiceSettings(members, retries: 0)
    secret = try ModelKey(members, "secret")
  }
}
