package import Accounts
import Glibc

/// Where a key or a secret of an agent is. What lies outside is read anew for each question, so that it can be changed,
/// and is kept nowhere.
package enum ModelKey: Sendable, Equatable {
  case none
  /// In a variable of the server's environment.
  case environment(String)
  /// In a file on the server's machine.
  case file(String)
  /// Given as a value, which is stored sealed; nil where it can't be opened.
  case stored(SecretText?)

  /// - Parameter name: of the member that holds a mark where a value is stored, and before `_env` and `_file`.
  init(_ members: ConfigurationMembers, _ name: String) throws(ConfigurationError) {
    let (variable, file) = (try members.text("\(name)_env", 1...200), try members.text("\(name)_file", 1...4096))
    let ways: [ModelKey?] = [
      try members.isMarked(name) ? .stored(members.stored(name)) : nil, variable.map { .environment($0) },
      file.map { .file($0) },
    ]
    let given = ways.compactMap(\.self)
    guard given.count <= 1 else { throw ConfigurationError("\(name)_env, \(name)_file and \(name): one of them") }
    self = given.first ?? .none
  }

  /// The key; nil where none is needed.
  /// - Throws: where it is not there, or holds what no header field can.
  func read() throws(ModelFailure) -> String? {
    let bytes: [UInt8]
    switch self {
    case .none: return nil
    case .stored(let value):
      guard let value else { throw ModelFailure(.refusedKey, "the stored key can't be opened") }
      bytes = Array(value.text.utf8)
    case .environment(let name):
      guard let value = getenv(name) else { throw ModelFailure(.refusedKey, "no such variable") }
      bytes = Array(String(cString: value).utf8)
    case .file(let path):
      guard let file = fopen(path, "re") else { throw ModelFailure(.refusedKey, "no such file") }
      defer { fclose(file) }
      var content = [UInt8](repeating: 0, count: 16 * 1024)
      bytes = Array(content[..<fread(&content, 1, content.count, file)])
    }
    let trimmed = bytes.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.reversed()
    guard !trimmed.isEmpty, trimmed.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw ModelFailure(.refusedKey, "no key")
    }
    return String(decoding: Array(trimmed), as: UTF8.self)
  }
}
