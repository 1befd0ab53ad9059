/// Which header fields and variables hold secrets, by their names.
package enum SecretNames {
  private static let parts = ["auth", "key", "token", "secret", "pass", "cookie", "credential", "signature"]

  /// Whether what stands under a name is held for a secret.
  package static func holds(_ name: String) -> Bool {
    let name = name.lowercased()
    return parts.contains { name.contains($0) }
  }

  /// What is secret of a header field's value: all of it, and what follows its scheme (RFC 9110 section 11.4).
  package static func secrets(ofField value: String) -> [String] {
    let parts = value.split(separator: " ", maxSplits: 1)
    return parts.count == 2 ? [value, String(parts[1])] : [value]
  }

  /// The values of an address's query that are held for secrets.
  package static func secrets(ofURL url: String) -> [String] {
    guard let query = url.split(separator: "?", maxSplits: 1).dropFirst().first else { return [] }
    return query.split(separator: "&").compactMap { pair in
      let parts = pair.split(separator: "=", maxSplits: 1)
      return parts.count == 2 && holds(String(parts[0])) ? String(parts[1]) : nil
    }
  }
}
