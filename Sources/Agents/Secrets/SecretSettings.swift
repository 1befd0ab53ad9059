package import Accounts
package import JSONWire

/// Settings of an agent of which the secrets were taken out, with a mark in the place of each.
package struct SecretSettings: Sendable {
  /// As they are stored and shown.
  package let settings: JSONObject
  /// The values that were given, by their places.
  package private(set) var given: [String: SecretText] = [:]
  /// The places of marks that stand for what was stored before.
  package private(set) var kept: Set<String> = []

  private static let mostBytes = 8192

  /// Takes the values of `members` out: a string for `key` and `secret`, `{"secret": TEXT}` for a header.
  /// - Throws: where a value can't be one. The error holds nothing of it.
  package init(_ members: JSONObject) throws(ConfigurationError) {
    let names = (members["tools"]?.array ?? []).compactMap { $0["name"]?.string }
    var (given, kept) = ([String: SecretText](), Set<String>())
    settings = try AgentKind.mapSecrets(members) { place, value throws(ConfigurationError) in
      if value.isNull { return nil }
      if place.hasPrefix("tools."), names.count(where: { place.hasPrefix("tools.\($0).") }) > 1 {
        throw ConfigurationError("tools: one entry of a name, where it has a secret")
      }
      if SecretMark.isMark(value) {
        kept.insert(place)
      } else {
        given[place] = try Self.secret(value, at: place)
      }
      return SecretMark.value(true)
    }
    self.given = given
    self.kept = kept
  }

  private static func secret(_ value: JSONValue, at place: String) throws(ConfigurationError) -> SecretText {
    guard place.contains("headers.") else {
      guard let text = value.string, (1...mostBytes).contains(text.utf8.count),
        text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
      else { throw ConfigurationError("\(place): 1 to \(mostBytes) characters of ASCII without white space") }
      return SecretText(text)
    }
    guard value.object?.count == 1, let text = value["secret"]?.string, (1...mostBytes).contains(text.utf8.count),
      SecretMark.isFieldText(text)
    else { throw ConfigurationError("\(place): a text, or {\"secret\": TEXT} of up to \(mostBytes) bytes") }
    return SecretText(text)
  }

  /// Refuses marks for what was not stored.
  /// - Parameters:
  ///   - old: the settings as they are stored; nil: none are.
  ///   - mayMove: whether what is stored may be sent elsewhere from now on, by whoever does not bring it.
  package func check(over old: JSONObject?, mayMove: Bool) throws(ConfigurationError) {
    let stored = try old.map { present throws(ConfigurationError) in try SecretSettings(present).kept } ?? []
    for place in kept.sorted() {
      guard stored.contains(place) else { throw ConfigurationError("\(place): there is none to be kept") }
      guard !mayMove, Self.target(of: place, in: settings) != Self.target(of: place, in: old ?? JSONObject()) else {
        continue
      }
      throw ConfigurationError(
        "\(place): to be given again, since \(AgentKind.targetMembers.joined(separator: ", ")) say where it goes")
    }
  }

  /// Where the secret of a place is sent.
  private static func target(of place: String, in settings: JSONObject) -> [JSONValue?] {
    guard place.hasPrefix("tools.") else { return AgentKind.targetMembers.map { settings[$0]?.ordered } }
    let tool = settings["tools"]?.array?.first { place.hasPrefix("tools.\($0["name"]?.string ?? "").") }
    return AgentKind.targetMembers.map { tool?[$0]?.ordered }
  }
}
