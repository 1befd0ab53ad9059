import LoadKit

/// One thing that a command can be told by a flag.
struct Parameter {
  /// Without the dashes.
  let flag: String
  /// What its value is called in the help; nil for a flag without a value.
  let value: String?
  /// What counts where it is not given.
  let standard: String
  let help: String

  init(_ flag: String, _ value: String? = "N", _ standard: String = "", _ help: String) {
    (self.flag, self.value, self.standard, self.help) = (flag, value, standard, help)
  }

  /// The line of the help.
  var line: String {
    let name = "--\(flag)" + (value.map { " \($0)" } ?? "")
    return "  \(name.padded(to: 22)) \(help)" + (standard.isEmpty ? "" : " (\(standard))")
  }
}

/// What a command was told.
struct Arguments {
  private var values: [String: String] = [:]

  /// Reads the arguments behind a command's name.
  init(_ arguments: [String], _ parameters: [Parameter]) throws(LoadError) {
    for parameter in parameters { values[parameter.flag] = parameter.standard }
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard argument.hasPrefix("--"), let flag = parts.first,
        let parameter = parameters.first(where: { $0.flag == flag })
      else { throw LoadError("\(argument) is not an option of this command; --help lists them") }
      if parameter.value == nil {
        values[parameter.flag] = "yes"
      } else if parts.count > 1 {
        values[parameter.flag] = String(parts[1])
      } else if let next = rest.popFirst() {
        values[parameter.flag] = next
      } else {
        throw LoadError("--\(flag) takes a value")
      }
    }
  }

  /// A text; empty where it was not given and has no standard.
  func text(_ flag: String) -> String { values[flag] ?? "" }

  func isSet(_ flag: String) -> Bool { values[flag] == "yes" }

  /// A number of the bounds.
  func number(_ flag: String, _ bounds: ClosedRange<Int>) throws(LoadError) -> Int {
    guard let number = Int(text(flag)), bounds.contains(number) else {
      throw LoadError("--\(flag) is a number from \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    return number
  }

  /// A number that may have a fraction; from 0 on.
  func decimal(_ flag: String) throws(LoadError) -> Double {
    guard let number = Double(text(flag)), number >= 0, number < 1e6 else {
      throw LoadError("--\(flag) is a number from 0 on")
    }
    return number
  }

  /// A number, or nil where nothing was given.
  func optional(_ flag: String, _ bounds: ClosedRange<Int>) throws(LoadError) -> Int? {
    text(flag).isEmpty ? nil : try number(flag, bounds)
  }
}

extension String {
  func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
