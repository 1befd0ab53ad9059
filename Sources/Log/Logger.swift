import Glibc

/// How log lines are written.
package enum LogFormat: String, Sendable {
  /// `time level component message key=value ...`
  case text
  /// One JSON object a line.
  case json
}

/// How much a line matters; a logger drops what is below its own level.
package enum LogLevel: String, Sendable, Comparable, CaseIterable {
  case debug, info, warning, error

  package static func < (a: LogLevel, b: LogLevel) -> Bool {
    allCases.firstIndex(of: a) ?? 0 < allCases.firstIndex(of: b) ?? 0
  }
}

/// Writes structured lines to standard error, each with one system call, so that lines of several threads never mix.
package struct Logger: Sendable {
  /// What a line says beside its message, in order.
  package typealias Fields = KeyValuePairs<String, any CustomStringConvertible & Sendable>

  private let component: String
  private let level: LogLevel
  private let format: LogFormat
  private let descriptor: Int32

  /// - Parameters:
  ///   - component: the part of the program that speaks.
  ///   - descriptor: where lines go; standard error by default.
  package init(_ component: String, level: LogLevel = .info, format: LogFormat = .text, descriptor: Int32 = 2) {
    self.component = component
    self.level = level
    self.format = format
    self.descriptor = descriptor
  }

  /// The same settings for another part of the program.
  package func named(_ component: String) -> Logger {
    Logger(component, level: level, format: format, descriptor: descriptor)
  }

  package func debug(_ message: String, _ fields: @autoclosure () -> Fields = [:]) {
    if level <= .debug { write(.debug, message, fields()) }
  }

  package func info(_ message: String, _ fields: @autoclosure () -> Fields = [:]) {
    if level <= .info { write(.info, message, fields()) }
  }

  package func warning(_ message: String, _ fields: @autoclosure () -> Fields = [:]) {
    if level <= .warning { write(.warning, message, fields()) }
  }

  package func error(_ message: String, _ fields: @autoclosure () -> Fields = [:]) {
    write(.error, message, fields())
  }

  private func write(_ level: LogLevel, _ message: String, _ fields: Fields) {
    var line = LogLine.render(
      format, time: LogLine.timestamp(), level: level, component: component, message: message, fields: fields)
    line.append("\n")
    line.withUTF8 { bytes in _ = Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
  }
}
