/// The last things that a client has seen and done, for telling how it came to a difference.
struct Trace {
  private var lines: [String] = []
  private var next = 0

  private static let most = 60
  private static let longest = 700

  mutating func note(_ milliseconds: UInt64, _ what: String) {
    let line = "\(milliseconds.asSeconds) \(what)"
    if lines.count < Self.most {
      lines.append(line)
    } else {
      lines[next] = line
      next = (next + 1) % Self.most
    }
  }

  mutating func note(_ milliseconds: UInt64, _ mark: Character, _ frame: UnsafeRawBufferPointer) {
    let text = String(decoding: frame.prefix(Self.longest), as: UTF8.self)
    note(milliseconds, "\(mark) \(text)\(frame.count > Self.longest ? " (\(frame.count) bytes)" : "")")
  }

  var text: [String] { Array(lines[next...] + lines[..<next]) }
}

extension UInt64 {
  /// Milliseconds as seconds.
  var asSeconds: String {
    let rest = String(self % 1000)
    return "\(self / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
  }
}
