/// An e-mail address as accounts are found by: in small letters and in Unicode's composed form. Whether somebody reads
/// what is sent there is not known.
package struct EmailAddress: Sendable, Hashable, CustomStringConvertible {
  /// The most bytes of UTF-8 (RFC 5321 section 4.5.3.1.3, without its brackets).
  package static var longest: Int { 254 }

  /// The address.
  package let text: String

  package var description: String { text }

  /// Nil where the text is no address: one `@` with something on both sides of it, no white space or control characters,
  /// and a host that could be one. Quoted names with blanks (RFC 5321 section 4.1.2) are not taken.
  package init?(_ text: String) {
    guard text.utf8.count <= Self.longest else { return nil }
    let text = text.composed.lowercased().composed
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard text.utf8.count <= Self.longest, parts.count == 2, (1...64).contains(parts[0].utf8.count),
      text.unicodeScalars.allSatisfy(Self.isPrintable), Self.isHost(parts[1])
    else { return nil }
    self.text = text
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isWhitespace { return false }
    return switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: !"<>()[]\\,;:\"".unicodeScalars.contains(scalar)
    }
  }

  private static func isHost(_ host: Substring) -> Bool {
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    return labels.allSatisfy { label in
      (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
        && label.unicodeScalars.allSatisfy { scalar in
          scalar.value >= 0x80 || scalar == "-" || ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
        }
    }
  }
}
