/// What a statement has given back, as far as it was read.
package struct MySQLRows: Sendable {
  package struct Column: Sendable, Equatable {
    package let name: String
    package let isNumber: Bool
  }

  /// How much of a result is read.
  package struct Limits: Sendable {
    package var rows: Int
    /// Of values, the first row apart.
    package var bytes: Int
    /// Of one value.
    package var characters: Int
    package var columns: Int

    package init(rows: Int, bytes: Int, characters: Int, columns: Int) {
      self.rows = rows
      self.bytes = bytes
      self.characters = characters
      self.columns = columns
    }

    /// For what we ask ourselves.
    package static let own = Limits(rows: 10_000, bytes: 16 << 20, characters: 10_000, columns: 100)
  }

  package internal(set) var columns: [Column] = []
  /// The values as text; nil for NULL.
  package internal(set) var rows: [[String?]] = []
  /// Whether there was more than is here: rows, or parts of values.
  package internal(set) var isTruncated = false
  /// How many columns there are, where they are more than was asked for; no row is read then.
  package internal(set) var excessColumns: Int?

  /// A value as text; empty for NULL, and where there is none.
  package func text(_ row: Int, _ column: Int) -> String {
    guard rows.indices.contains(row), rows[row].indices.contains(column) else { return "" }
    return rows[row][column] ?? ""
  }
}

/// The kinds of columns, by their numbers in the protocol (`enum_field_types`).
enum MySQLColumnKind {
  private static let numbers: Set<UInt32> = [0, 1, 2, 3, 4, 5, 8, 9, 13, 16, 246]
  private static let bits: UInt32 = 16
  /// Texts and bytes: VARCHAR, the BLOBs, VAR_STRING, STRING, GEOMETRY.
  private static let texts: Set<UInt32> = [15, 249, 250, 251, 252, 253, 254, 255]
  /// The number of the character set of bytes that are none.
  private static let binary: UInt32 = 63

  static func isNumber(_ kind: UInt32) -> Bool { numbers.contains(kind) }

  /// A value as text: bits as a number, bytes in hexadecimal digits.
  /// - Parameter most: characters; what is longer is cut.
  static func text(
    _ bytes: UnsafeRawBufferPointer, kind: UInt32, characterSet: UInt32, most: Int, isCut: inout Bool
  ) -> String {
    if kind == bits { return "\(bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })" }
    if characterSet == binary, texts.contains(kind) {
      let shown = max(0, most - 2) / 2
      if bytes.count > shown { isCut = true }
      let digits = Array("0123456789abcdef")
      return "0x" + String(bytes.prefix(shown).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
    // U+0000 is nothing that PostgreSQL would store.
    guard !bytes.contains(0) else {
      let rest = bytes.map { $0 == 0 ? UInt8(ascii: " ") : $0 }
      return rest.withUnsafeBytes { text($0, kind: kind, characterSet: characterSet, most: most, isCut: &isCut) }
    }
    if bytes.count <= most { return String(decoding: bytes, as: UTF8.self) }
    let scalars = String(decoding: bytes.prefix(most * 4 + 4), as: UTF8.self).unicodeScalars
    guard scalars.count > most else { return String(decoding: bytes, as: UTF8.self) }
    isCut = true
    return String(String.UnicodeScalarView(scalars.prefix(most)))
  }
}
