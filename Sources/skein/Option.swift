/// One thing that a command can be told: by a flag, or by a variable of the environment.
struct Option<Target> {
  /// Without the dashes.
  let flag: String
  /// What its value is called in the help; nil for a flag without a value.
  let value: String?
  let help: String
  /// Whether the environment counts too.
  var hasVariable = true
  /// Takes the value in; false where it is not one.
  let apply: (inout Target, String) -> Bool

  /// `SKEIN_` and the flag's own name.
  var variable: String { "SKEIN_" + flag.uppercased().replacing("-", with: "_") }

  static func text(
    _ flag: String, _ value: String, _ help: String, _ path: WritableKeyPath<Target, String>
  ) -> Option {
    Option(flag: flag, value: value, help: help) { target, text in
      target[keyPath: path] = text
      return !text.isEmpty
    }
  }

  static func number<Number: FixedWidthInteger>(
    _ flag: String, _ help: String, _ path: WritableKeyPath<Target, Number>, _ bounds: ClosedRange<Number>
  ) -> Option {
    Option(flag: flag, value: "N", help: help) { target, text in
      guard let number = Number(text), bounds.contains(number) else { return false }
      target[keyPath: path] = number
      return true
    }
  }

  /// Several texts, separated by commas.
  static func list(
    _ flag: String, _ value: String, _ help: String, _ path: WritableKeyPath<Target, [String]>
  ) -> Option {
    Option(flag: flag, value: value, help: help) { target, text in
      let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      target[keyPath: path] = parts
      return !parts.contains("")
    }
  }

  static func onOff(_ flag: String, _ help: String, _ path: WritableKeyPath<Target, Bool>) -> Option {
    Option(flag: flag, value: nil, help: help) { target, text in
      switch text {
      case "1", "true", "yes", "on": target[keyPath: path] = true
      case "0", "false", "no", "off": target[keyPath: path] = false
      default: return false
      }
      return true
    }
  }
}

/// Why the program ends without having done anything.
struct UsageError: Error, CustomStringConvertible {
  /// One sentence.
  let message: String

  var description: String { message }
}

extension Option {
  /// Reads the environment, and then the arguments, which count before it.
  static func parse(
    _ options: [Option], _ arguments: [String], environment: [String: String], into target: inout Target
  ) throws(UsageError) {
    for option in options {
      // An empty variable is as none: that is how many tools unset one.
      guard option.hasVariable, let text = environment[option.variable], !text.isEmpty else { continue }
      guard option.apply(&target, text) else {
        throw UsageError(message: "\(option.variable) can't have that value; it is: \(option.help)")
      }
    }
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--") else { throw UsageError(message: "\(argument) is not understood") }
      let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let option = options.first(where: { $0.flag == parts[0] }) else {
        throw UsageError(message: "--\(parts[0]) is not an option of this command; --help lists them")
      }
      let text: String
      if parts.count > 1 {
        text = String(parts[1])
      } else if option.value == nil {
        text = "1"
      } else {
        guard let next = rest.popFirst() else { throw UsageError(message: "--\(option.flag) takes a value") }
        text = next
      }
      guard option.apply(&target, text) else {
        throw UsageError(message: "--\(option.flag) can't have that value; it is: \(option.help)")
      }
    }
  }

  /// Takes apart what is an option or its value and what is neither.
  static func separate(_ options: [Option], _ arguments: [String]) -> (options: [String], words: [String]) {
    var (own, words): ([String], [String]) = ([], [])
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--") else {
        words.append(argument)
        continue
      }
      own.append(argument)
      let isWhole = argument.contains("=")
      let takesValue = options.contains { $0.flag == argument.dropFirst(2) && $0.value != nil }
      if !isWhole, takesValue, let value = rest.popFirst() { own.append(value) }
    }
    return (own, words)
  }

  /// The lines of the help.
  static func help(_ options: [Option]) -> String {
    let lines = options.map { option in
      let flag = "--\(option.flag)" + (option.value.map { " \($0)" } ?? "")
      return "  \(flag.padded(to: 28)) \(option.help)"
    }
    let those = options.allSatisfy(\.hasVariable) ? "Each" : "What other commands take too"
    return lines.joined(separator: "\n") + "\n\n\(those) can be set as SKEIN_... too: --log-level is SKEIN_LOG_LEVEL."
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
