/// What an answer has cost, exactly.
package struct Cost: Sendable, Equatable {
  /// In millionths of a millionth of the currency's unit.
  package var picos: Int64
  /// A label, which nothing is reckoned by.
  package var currency: String

  package init(picos: Int64, currency: String) {
    self.picos = picos
    self.currency = currency
  }

  /// How many decimal places a whole number of `picos` has.
  package static let places = 12

  /// The amount as a decimal number, such as `0.00135`.
  package var amount: String { Self.amount("\(picos)") }

  /// The same of any whole number of picos, by its digits.
  package static func amount(_ picos: String) -> String {
    let digits = String(repeating: "0", count: max(0, places + 1 - picos.utf8.count)) + picos
    var fraction = digits.suffix(places)
    while fraction.last == "0" { fraction.removeLast() }
    let whole = digits.dropLast(places)
    return fraction.isEmpty ? String(whole) : "\(whole).\(fraction)"
  }

  /// A decimal number without sign and exponent, as a whole number of its last place; nil where it is none, has more
  /// places, or does not fit.
  package static func scaled(_ text: String, places: Int) -> Int64? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let fraction = parts.count > 1 ? parts[1] : "0"
    guard !parts[0].isEmpty, !fraction.isEmpty, fraction.utf8.count <= places,
      "\(parts[0])\(fraction)".utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return Int64("\(parts[0])\(fraction)\(String(repeating: "0", count: places - fraction.utf8.count))")
  }

  /// Whether a text can be a label: it stands in tables of comma-separated values as it is.
  package static func isCurrency(_ text: String) -> Bool {
    (1...12).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        switch $0 {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
      }
  }
}
