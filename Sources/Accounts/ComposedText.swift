@_spi(_Unicode) internal import Swift

extension String {
  /// The text in Unicode's composed form (NFC, UAX #15): the same bytes for the same characters, whichever way a keyboard
  /// has put them together.
  var composed: String {
    // The standard library has it for its own comparisons, and shows it to nobody else.
    var text = String.UnicodeScalarView()
    for scalar in _nfc { text.append(scalar) }
    return String(text)
  }
}
