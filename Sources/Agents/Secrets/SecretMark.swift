package import JSONWire

/// What stands in an agent's settings for a secret that was given as a value: `{"is_set": true}`, or false where it can't
/// be opened any more.
enum SecretMark {
  static func value(_ isSet: Bool) -> JSONValue { ["is_set": .bool(isSet)] }

  static func isMark(_ value: JSONValue) -> Bool { value.object?.count == 1 && value["is_set"]?.bool != nil }

  /// Whether a text can be that of a header field (RFC 9110 section 5.5).
  static func isFieldText(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
}

extension AgentKind {
  /// The members that hold a secret as a value.
  static let valueMembers = ["key", "secret"]

  /// Goes over all places of settings where a secret may stand: `key`, `secret`, `headers.NAME` where that is an object,
  /// and the same of a tool server behind `tools.NAME.`.
  /// - Parameter body: what it returns takes the value's place; nil takes it out.
  static func mapSecrets(
    _ settings: JSONObject, _ body: (_ place: String, _ value: JSONValue) throws(ConfigurationError) -> JSONValue?
  ) throws(ConfigurationError) -> JSONObject {
    var settings = try mapOwnSecrets(settings, "", body)
    guard let tools = settings["tools"]?.array else { return settings }
    var mapped: [JSONValue] = []
    for tool in tools {
      guard let object = tool.object, let name = object["name"]?.string else {
        mapped.append(tool)
        continue
      }
      mapped.append(.object(try mapOwnSecrets(object, "tools.\(name).", body)))
    }
    settings["tools"] = .array(mapped)
    return settings
  }

  private static func mapOwnSecrets(
    _ settings: JSONObject, _ place: String,
    _ body: (_ place: String, _ value: JSONValue) throws(ConfigurationError) -> JSONValue?
  ) throws(ConfigurationError) -> JSONObject {
    var mapped = settings
    for name in valueMembers {
      if let value = settings[name] { mapped[name] = try body(place + name, value) }
    }
    guard var headers = settings["headers"]?.object else { return mapped }
    for header in headers.members where header.value.object != nil {
      headers[header.key] = try body("\(place)headers.\(header.key)", header.value)
    }
    mapped["headers"] = .object(headers)
    return mapped
  }

  /// Settings as they are shown: their marks say whether what they stand for is there.
  /// - Parameter secrets: the places of those that are.
  package static func shown(_ settings: JSONObject, secrets: Set<String>) -> JSONObject {
    let shown = try? mapSecrets(settings) { place, _ in SecretMark.value(secrets.contains(place)) }
    return shown ?? JSONObject()
  }
}
