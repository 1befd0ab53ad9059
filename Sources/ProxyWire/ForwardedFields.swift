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
    Array(list.utf8).split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { address(trim($0)) }
  }

  /// The `for` of each element of a Forwarded list, in its order; nil where it is missing, hidden or malformed. A list
  /// that is malformed as a whole tells nothing.
  static func nodes(forwarded list: String) -> [IPAddress?] {
    guard let elements = split(Array(list.utf8)[...], at: UInt8(ascii: ",")) else { return [nil] }
    return elements.map { element in
      guard let pairs = split(element, at: UInt8(ascii: ";")) else { return nil }
      var found: IPAddress?
      for pair in pairs {
        let pair = trim(pair)
        guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        guard String(decoding: pair[..<equals], as: UTF8.self).lowercased() == "for" else { continue }
        // Twice in one element is not allowed (section 4).
        guard found == nil, let address = address(unquote(pair[(equals + 1)...])) else { return nil }
        found = address
      }
      return found
    }
  }

  /// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
  private static func address(_ text: ArraySlice<UInt8>) -> IPAddress? {
    let colon = UInt8(ascii: ":")
    if text.first == UInt8(ascii: "[") {
      guard let close = text.firstIndex(of: UInt8(ascii: "]")), isPort(text[(close + 1)...]) else { return nil }
      let inner = text[(text.startIndex + 1)..<close]
      return inner.contains(colon) ? IPAddress(String(decoding: inner, as: UTF8.self)) : nil
    }
    if let first = text.firstIndex(of: colon), first == text.lastIndex(of: colon) {
      return isPort(text[first...]) ? IPAddress(String(decoding: text[..<first], as: UTF8.self)) : nil
    }
    return IPAddress(String(decoding: text, as: UTF8.self))
  }

  /// Nothing, or a colon and a number.
  private static func isPort(_ text: ArraySlice<UInt8>) -> Bool {
    guard let first = text.first else { return true }
    let digits = text.dropFirst()
    return first == UInt8(ascii: ":") && (1...5).contains(digits.count)
      && digits.allSatisfy { (0x30...0x39).contains($0) } && UInt16(String(decoding: digits, as: UTF8.self)) != nil
  }

  // MARK: Text
  //
  // By bytes and never by characters: a letter that the client has put before or behind a separator can join with it to
  // one character, and so hide what the proxy has appended.

  /// Splits where quotes don't forbid it; nil where a quote is left open.
  private static func split(_ text: ArraySlice<UInt8>, at separator: UInt8) -> [ArraySlice<UInt8>]? {
    var parts: [ArraySlice<UInt8>] = []
    var start = text.startIndex
    var isQuoted = false
    var isEscaped = false
    for (place, byte) in zip(text.indices, text) {
      if byte == separator, !isQuoted {
        parts.append(text[start..<place])
        start = place + 1
      } else if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\"") {
        isQuoted.toggle()
      } else if byte == UInt8(ascii: "\\"), isQuoted {
        isEscaped = true
      }
    }
    return isQuoted ? nil : parts + [text[start...]]
  }

  private static func unquote(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let quote = UInt8(ascii: "\"")
    return text.count >= 2 && text.first == quote && text.last == quote ? text.dropFirst().dropLast() : text
  }

  private static func trim(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    guard let last = text.lastIndex(where: { !isSpace($0) }) else { return [] }
    return text[...last].drop(while: isSpace)
  }
}
