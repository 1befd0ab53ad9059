package import JSONWire

/// The secrets that a connection to somebody else uses, and what comes from there without them. Whatever a service says
/// passes here before it goes into a log, to a person, or to another service.
package struct Redaction: Sendable, Equatable {
  /// What stands in the place of a secret.
  package static let mark = "[secret]"
  /// A secret of fewer bytes stays: it would be found in too much that is none.
  package static let leastBytes = 6
  /// The same for keys of services, whose answers are read by people. Shorter ones are words that servers on one's own
  /// machine take for a key, such as `ollama`.
  package static let leastKeyBytes = 12

  /// Longest first, so that of two that begin alike the whole one is found.
  let secrets: [[UInt8]]

  /// None.
  package init() { secrets = [] }

  /// - Parameter least: how many bytes a secret must have to be looked for.
  package init(_ secrets: some Sequence<String>, from least: Int = leastBytes) {
    let known = Set(secrets.map { Array($0.utf8) }.filter { $0.count >= least })
    self.secrets = known.sorted { one, other in
      one.count != other.count ? one.count > other.count : one.lexicographicallyPrecedes(other)
    }
  }

  package var isEmpty: Bool { secrets.isEmpty }

  /// A text without the secrets.
  package func clean(_ text: String) -> String {
    guard !isEmpty, let bytes = cleaned(Array(text.utf8)) else { return text }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Bytes without the secrets, whatever they are.
  package func clean(_ bytes: [UInt8]) -> [UInt8] { isEmpty ? bytes : cleaned(bytes) ?? bytes }

  /// A value without the secrets in its texts and its names.
  package func clean(_ value: JSONValue) -> JSONValue {
    guard !isEmpty else { return value }
    return switch value {
    case .string(let text): .string(clean(text))
    case .array(let elements): .array(elements.map { clean($0) })
    case .object(let object):
      .object(JSONObject(object.members.map { (clean($0.key), clean($0.value)) }))
    default: value
    }
  }

  /// A word of somebody else's for the log: plain characters, so many at most, without the secrets. They are looked for
  /// among the characters that are left, so that none is put together by what is left out between them.
  package func word(_ text: String, most: Int = 60) -> String {
    let plain = Redaction(secrets.map { Self.plain(String(decoding: $0, as: UTF8.self)) })
    return String(plain.clean(Self.plain(text)).unicodeScalars.prefix(most))
  }

  private static func plain(_ text: String) -> String {
    var plain = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", " ": plain.append(scalar)
      default: break
      }
    }
    return String(plain)
  }

  /// - Returns: nil where there is none.
  private func cleaned(_ bytes: [UInt8]) -> [UInt8]? {
    var stream = RedactedStream(self)
    let (begun, hasFound) = stream.take(bytes)
    let end = stream.end()
    return hasFound || end.isMark ? begun + end.rest : nil
  }
}
