/// Whose request it is, by what proxies have noted in its fields: `Forwarded` (RFC 7239) and `X-Forwarded-For`.
package enum ForwardedFields {
  /// The address of the client.
  ///
  /// Each proxy appends whom it was asked by, so that the list is read from its end, and only as far as those who wrote
  /// it are trusted: the first address that is no trusted proxy's is the client's, and what lies before it is the
  /// client's own claim.
  /// - Parameters:
  ///   - peer: who sent the request.
  ///   - forwardedFor: the values of all X-Forwarded-For fields, joined by commas.
  ///   - forwarded: the values of all Forwarded fields, joined by commas.
  ///   - trusted: the proxies.
  /// - Returns: the peer itself where it is not trusted, where nothing can be learnt from it, or where the two fields
  ///   contradict each other: the proxy has then written one of them only, and which is not known.
  package static func client(
    peer: IPAddress, forwardedFor: String?, forwarded: String?, trusted: [AddressRange]
  ) -> IPAddress {
    guard isTrusted(peer, trusted) else { return peer }
    let first = forwardedFor.map { last(untrustedOf: nodes(forwardedFor: $0), from: peer, trusted) }
    let second = forwarded.map { last(untrustedOf: nodes(forwarded: $0), from: peer, trusted) }
    switch (first, second) {
    case (let first?, let second?): return first == second ? first : peer
    default: return first ?? second ?? peer
    }
  }

  private static func isTrusted(_ address: IPAddress, _ trusted: [AddressRange]) -> Bool {
    trusted.contains { $0.contains(address) }
  }

  private static func last(
    untrustedOf nodes: [IPAddress?], from peer: IPAddress, _ trusted: [AddressRange]
  ) -> IPAddress {
    var known = peer
    for node in nodes.reversed() {
      guard let node else { return known }
      known = node
      if !isTrusted(node, trusted) { return node }
    }
    return known
  }

  /// The addresses of an X-Forwarded-For list, in its order; nil for what is none.
  static func nodes(forwardedFor list: String) -> [IPAddress?] {
    list.split(separator: ",", omittingEmptySubsequences: false).map { address(trim($0)) }
  }

  /// The `for` of each element of a Forwarded list, in its order; nil where it is missing, hidden or malformed. A list
  /// that is malformed as a whole tells nothing.
  static func nodes(forwarded list: String) -> [IPAddress?] {
    guard let elements = split(list, at: ",") else { return [nil] }
    return elements.map { element in
      guard let pairs = split(element, at: ";") else { return nil }
      var found: IPAddress?
      for pair in pairs {
        let pair = trim(pair[...])
        guard let equals = pair.firstIndex(of: "=") else { return nil }
        guard pair[..<equals].lowercased() == "for" else { continue }
        // Twice in one element is not allowed (section 4).
        guard found == nil, let address = address(unquote(String(pair[pair.index(after: equals)...]))) else {
          return nil
        }
        found = address
      }
      return found
    }
  }

  /// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
  private static func address(_ text: String) -> IPAddress? {
    if text.hasPrefix("[") {
      guard let close = text.firstIndex(of: "]"), isPort(text[text.index(after: close)...]) else { return nil }
      let inner = String(text[text.index(after: text.startIndex)..<close])
      return inner.contains(":") ? IPAddress(inner) : nil
    }
    if let colon = text.firstIndex(of: ":"), text[text.index(after: colon)...].contains(":") == false {
      return isPort(text[colon...]) ? IPAddress(String(text[..<colon])) : nil
    }
    return IPAddress(text)
  }

  /// Nothing, or a colon and a number.
  private static func isPort(_ text: Substring) -> Bool {
    guard let first = text.first else { return true }
    let digits = text.dropFirst()
    return first == ":" && (1...5).contains(digits.utf8.count) && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
      && UInt16(digits) != nil
  }

  // MARK: Text

  /// Splits where quotes don't forbid it; nil where a quote is left open.
  private static func split(_ text: String, at separator: Character) -> [String]? {
    var parts = [""]
    var isQuoted = false
    var isEscaped = false
    for character in text {
      if character == separator, !isQuoted {
        parts.append("")
        continue
      }
      if isEscaped {
        isEscaped = false
      } else if character == "\"" {
        isQuoted.toggle()
      } else if character == "\\", isQuoted {
        isEscaped = true
      }
      parts[parts.count - 1].append(character)
    }
    return isQuoted ? nil : parts
  }

  private static func unquote(_ text: String) -> String {
    guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
    return String(text.dropFirst().dropLast())
  }

  private static func trim(_ text: Substring) -> String {
    func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }
    return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }
}
