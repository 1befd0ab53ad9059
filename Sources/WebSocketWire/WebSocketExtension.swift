import HTTPWire

/// An extension as Sec-WebSocket-Extensions names it (RFC 6455 section 9.1): offered by a client, or agreed to by a
/// server.
package struct WebSocketExtension: Equatable, Sendable {
  /// A parameter; many have no value.
  package struct Parameter: Equatable, Sendable {
    /// Its name, a token.
    package var name: String
    /// Its value, a token, without the quotes that it may have had.
    package var value: String?

    package init(_ name: String, _ value: String? = nil) {
      self.name = name
      self.value = value
    }
  }

  /// Its registered name.
  package var name: String
  /// Its parameters in their order, the same name perhaps several times.
  package var parameters: [Parameter]

  package init(_ name: String, _ parameters: [Parameter] = []) {
    self.name = name
    self.parameters = parameters
  }

  /// The extensions of a field. Nil where it breaks the grammar, which fails the handshake.
  package static func list(_ field: String) -> [WebSocketExtension]? {
    var scanner = Scanner(bytes: Array(field.utf8)[...])
    var list: [WebSocketExtension] = []
    while true {
      scanner.skipSpace()
      // Recipients of lists take empty elements (RFC 9110 section 5.6.1.2).
      if scanner.take(",") { continue }
      if scanner.bytes.isEmpty { return list }
      guard let one = scanner.element() else { return nil }
      list.append(one)
      guard scanner.bytes.isEmpty || scanner.take(",") else { return nil }
    }
  }
}

extension WebSocketExtension: CustomStringConvertible {
  /// As it stands in the field.
  package var description: String {
    ([name] + parameters.map { parameter in parameter.name + (parameter.value.map { "=\($0)" } ?? "") })
      .joined(separator: "; ")
  }
}

private struct Scanner {
  var bytes: ArraySlice<UInt8>

  mutating func skipSpace() { bytes = bytes.drop { $0 == 0x20 || $0 == 0x09 } }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard bytes.first == UInt8(ascii: character) else { return false }
    bytes.removeFirst()
    return true
  }

  /// An extension with its parameters, and the white space behind it.
  mutating func element() -> WebSocketExtension? {
    guard let name = token() else { return nil }
    var result = WebSocketExtension(name)
    skipSpace()
    while take(";") {
      skipSpace()
      guard let name = token() else { return nil }
      var parameter = WebSocketExtension.Parameter(name)
      skipSpace()
      if take("=") {
        skipSpace()
        guard let value = bytes.first == UInt8(ascii: "\"") ? quoted() : token() else { return nil }
        parameter.value = value
        skipSpace()
      }
      result.parameters.append(parameter)
    }
    return result
  }

  private mutating func token() -> String? {
    let text = bytes.prefix { !isDelimiter($0) }
    bytes = bytes[text.endIndex...]
    return checked(text)
  }

  private func isDelimiter(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x20, 0x09, UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="), UInt8(ascii: "\""): true
    default: false
    }
  }

  /// A string in quotes, which has to be a token without them.
  private mutating func quoted() -> String? {
    bytes.removeFirst()
    var text: [UInt8] = []
    while let byte = bytes.popFirst() {
      if byte == UInt8(ascii: "\"") { return checked(text) }
      if byte != UInt8(ascii: "\\") {
        text.append(byte)
      } else if let escaped = bytes.popFirst() {
        text.append(escaped)
      }
    }
    return nil
  }

  private func checked(_ bytes: some Collection<UInt8>) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    return HTTPSyntax.isToken(text) ? text : nil
  }
}
