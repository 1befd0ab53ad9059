import LoadKit

/// One command of the program.
protocol BenchCommand {
  static var name: String { get }
  /// One line.
  static var summary: String { get }
  /// What is measured, and how.
  static var explanation: String { get }
  static var parameters: [Parameter] { get }
  static func run(_ arguments: Arguments) throws
}

extension BenchCommand {
  static var help: String {
    "usage: skein-bench \(name) [options]\n\n\(summary)\n\n\(explanation)\n\n"
      + parameters.map(\.line).joined(separator: "\n")
  }

  static func show(_ figures: [Figure]) {
    for figure in figures { print("\(figure.name.padded(to: 56)) \(figure.value)") }
  }

  /// The server that most commands are aimed at.
  static var aim: [Parameter] {
    [
      Parameter("url", "URL", "ws://127.0.0.1:8080/", "the server"),
      Parameter("pid", "N", "", "its process, whose use of the processor is told too"),
    ]
  }

  /// The loads of chat sessions know the path by themselves.
  static func chatTarget(_ arguments: Arguments) throws(LoadError) -> LoadTarget {
    LoadTarget(try LoadTarget(url: arguments.text("url")), path: "/v1/socket")
  }

  static func process(_ arguments: Arguments, _ flag: String = "pid") throws(LoadError) -> Int32? {
    try arguments.optional(flag, 1...Int(Int32.max)).map { Int32($0) }
  }

  static func neededProcess(_ arguments: Arguments) throws(LoadError) -> Int32 {
    guard let process = try process(arguments) else { throw LoadError("--pid names the server's process") }
    return process
  }
}
