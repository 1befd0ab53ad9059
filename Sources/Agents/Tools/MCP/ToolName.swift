/// Names of tools of others, as models can call them: 1 to 64 of `a-z`, `A-Z`, `0-9`, `-` and `_`.
enum ToolName {
  private static let longest = 64

  /// The name of a server's tool, `server__tool`. Where it has to be changed to fit, a digest of the whole name follows:
  /// so it stays the same whatever else the server has, and differs from those that look alike.
  static func fit(_ tool: String, of server: String) -> String {
    let good = String(String.UnicodeScalarView(tool.unicodeScalars.map { isGood($0) ? $0 : "_" }))
    let whole = "\(server)__\(good)"
    guard good != tool || whole.utf8.count > longest else { return whole }
    let digest = digest(tool)
    return "\(whole.prefix(longest - digest.utf8.count - 1))_\(digest)"
  }

  private static func isGood(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
    default: false
    }
  }

  /// FNV-1a of 32 bits, in 8 digits: a server could only mistake its own tools for each other.
  private static func digest(_ name: String) -> String {
    let hash = name.utf8.reduce(0x811C_9DC5 as UInt32) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
