import Calendar
import Glibc

/// The two forms of a log line. Nothing in a value can end the line or be taken for another field.
enum LogLine {
  static func render(
    _ format: LogFormat, time: String, level: LogLevel, component: String, message: String, fields: Logger.Fields
  ) -> String {
    switch format {
    case .text:
      var line = "\(time) \(level.rawValue) \(component): \(plain(message) ? message : quoted(message))"
      for (key, value) in fields {
        let value = "\(value)"
        line += " \(key)=\(plain(value) && !value.contains(" ") && !value.isEmpty ? value : quoted(value))"
      }
      return line
    case .json:
      var line = "{\"time\":\(quoted(time)),\"level\":\(quoted(level.rawValue)),\"component\":\(quoted(component))"
      line += ",\"message\":\(quoted(message))"
      for (key, value) in fields {
        line += ",\(quoted(key)):"
        line += value is any BinaryInteger || value is Bool ? "\(value)" : quoted("\(value)")
      }
      return line + "}"
    }
  }

  /// Now, as RFC 3339 in UTC with milliseconds.
  static func timestamp() -> String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let milliseconds = Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    return Timestamp.text(milliseconds: milliseconds)
  }

  private static func plain(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { !steers($0) && $0 != "\"" && $0 != "=" }
  }

  /// Whether a terminal, or a reader of lines, may take the scalar for more than text: control characters of both sets,
  /// and Unicode's own line ends.
  private static func steers(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: true
    default: false
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case _ where steers(scalar):
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
