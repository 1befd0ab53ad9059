import Accounts
import JSONWire

/// The members of an agent's configuration, read one by one with their bounds.
struct ConfigurationMembers {
  private let object: JSONObject
  /// What is stored behind the marks, by its place.
  private let secrets: [String: SecretText]
  private let place: String

  /// - Parameter place: of the members, before their names in `secrets`.
  init(_ object: JSONObject, secrets: [String: SecretText] = [:], place: String = "") {
    self.object = object
    self.secrets = secrets
    self.place = place
  }

  /// Refuses what is not among these.
  func allow(_ names: Set<String>) throws(ConfigurationError) {
    for member in object.members where !names.contains(member.key) {
      throw ConfigurationError(
        "\(member.key.prefix(50)): there is no such member; there are \(names.sorted().joined(separator: ", "))")
    }
  }

  func text(_ name: String, _ bounds: ClosedRange<Int>) throws(ConfigurationError) -> String? {
    guard let value = object[name], !value.isNull else { return nil }
    guard let text = value.string, bounds.contains(text.utf8.count), !text.utf8.contains(0) else {
      throw ConfigurationError("\(name): a string of \(bounds.lowerBound) to \(bounds.upperBound) bytes")
    }
    return text
  }

  func int(_ name: String, _ bounds: ClosedRange<Int64>) throws(ConfigurationError) -> Int64? {
    guard let value = object[name], !value.isNull else { return nil }
    guard let int = value.int, bounds.contains(int) else {
      throw ConfigurationError("\(name): a whole number from \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    return int
  }

  func number(_ name: String, _ bounds: ClosedRange<Double>) throws(ConfigurationError) -> Double? {
    guard let value = object[name], !value.isNull else { return nil }
    guard let number = value.double, bounds.contains(number) else {
      throw ConfigurationError("\(name): a number from \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    return number
  }

  func bool(_ name: String) throws(ConfigurationError) -> Bool? {
    guard let value = object[name], !value.isNull else { return nil }
    guard let bool = value.bool else { throw ConfigurationError("\(name): true or false") }
    return bool
  }

  /// A list of strings; empty where there is none.
  func texts(_ name: String, most: Int) throws(ConfigurationError) -> [String] {
    guard let value = object[name], !value.isNull else { return [] }
    let texts = (value.array ?? [.null]).compactMap(\.string)
    guard let array = value.array, texts.count == array.count, array.count <= most,
      texts.allSatisfy({ (1...4096).contains($0.utf8.count) && !$0.utf8.contains(0) })
    else { throw ConfigurationError("\(name): a list of up to \(most) strings") }
    return texts
  }

  /// An address of http or https without a user, which has to be there.
  func url(_ name: String) throws(ConfigurationError) -> String {
    let text = try text(name, 8...2000) ?? ""
    let rest = ["https://", "http://"].lazy.filter { text.hasPrefix($0) }.map { text.dropFirst($0.count) }.first
    guard let rest, let host = rest.split(separator: "/", omittingEmptySubsequences: false).first, !host.isEmpty,
      !host.contains("@"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.contains("#")
    else { throw ConfigurationError("\(name): an address such as https://api.example.com/v1, without a user") }
    return text
  }

  /// Whether a mark stands for a secret that is stored.
  func isMarked(_ name: String) throws(ConfigurationError) -> Bool {
    guard let value = object[name], !value.isNull else { return false }
    guard SecretMark.isMark(value) else {
      throw ConfigurationError("\(name): not as a value here; \(name)_env or \(name)_file say where it is")
    }
    return true
  }

  /// What is stored behind a mark; nil where it can't be opened.
  func stored(_ name: String) -> SecretText? { secrets[place + name] }

  /// An object of header fields.
  func headers(_ name: String) throws(ConfigurationError) -> [ServiceSettings.HeaderField] {
    guard let value = object[name], !value.isNull else { return [] }
    guard let members = value.object?.members, members.count <= 50 else {
      throw ConfigurationError("\(name): an object of header fields")
    }
    return try members.map { member throws(ConfigurationError) in
      guard !member.key.isEmpty,
        member.key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") })
      else { throw ConfigurationError("\(name): each a header field and its text") }
      if SecretMark.isMark(member.value) {
        return ServiceSettings.HeaderField(name: member.key, value: stored("\(name).\(member.key)"), isSecret: true)
      }
      guard let text = member.value.string, SecretMark.isFieldText(text) else {
        throw ConfigurationError("\(name): each a header field and its text")
      }
      return ServiceSettings.HeaderField(name: member.key, value: SecretText(text))
    }
  }
}
