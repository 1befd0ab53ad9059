/// Why a text is not the JSON that was asked for.
package struct JSONError: Error, Equatable, Sendable {
  /// The kinds of failure.
  package enum Code: Sendable {
    /// Not JSON: RFC 8259's grammar is broken, or something follows the value.
    case syntax
    /// Arrays and objects are nested deeper than allowed.
    case depth
    /// A `\u` escape is half of a surrogate pair.
    case loneSurrogate
    /// The bytes are not UTF-8.
    case invalidUTF8
    /// Good JSON, but the value is of another kind than was asked for. Nothing has been consumed.
    case kind
  }

  /// What is wrong.
  package let code: Code
  /// The byte of the text at which it was noticed.
  package let offset: Int

  /// An error at a byte of the text.
  package init(_ code: Code, at offset: Int) {
    self.code = code
    self.offset = offset
  }
}

extension JSONError: CustomStringConvertible {
  /// A sentence for a developer.
  package var description: String {
    switch code {
    case .syntax: "not JSON: unexpected input at byte \(offset)"
    case .depth: "nested too deeply at byte \(offset)"
    case .loneSurrogate: "lone surrogate escape at byte \(offset)"
    case .invalidUTF8: "not UTF-8 at byte \(offset)"
    case .kind: "another kind of value was expected at byte \(offset)"
    }
  }
}
