/// One figure of a result.
struct Figure {
  let name: String
  let value: String

  init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
}

/// Numbers as people read them.
enum Format {
  /// A whole number with separators of thousands.
  static func count(_ value: Double) -> String {
    let digits = Array(String(Int(value.rounded())))
    var text = ""
    for (place, digit) in digits.enumerated() {
      if place > 0, (digits.count - place) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }

  /// A number with so many digits behind the point.
  static func fixed(_ value: Double, _ places: Int) -> String {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let whole = Int((abs(value) * scale).rounded())
    let sign = value < 0 && whole > 0 ? "-" : ""
    guard places > 0 else { return sign + String(whole) }
    let digits = String(whole)
    let text = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    return sign + text.dropLast(places) + "." + text.suffix(places)
  }

  /// A duration that is given in nanoseconds.
  static func duration(_ nanoseconds: UInt64) -> String {
    let value = Double(nanoseconds)
    if value < 1e6 { return fixed(value / 1e3, 0) + " µs" }
    if value < 1e8 { return fixed(value / 1e6, value < 1e7 ? 2 : 1) + " ms" }
    return value < 1e9 ? fixed(value / 1e6, 0) + " ms" : fixed(value / 1e9, 2) + " s"
  }

  static func bytes(_ value: Double) -> String {
    value < 10_240 ? count(value) + " B" : fixed(value / 1024, 1) + " KiB"
  }

  static func percent(_ share: Double) -> String { fixed(share * 100, 0) + " %" }
}
