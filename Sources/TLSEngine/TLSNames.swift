/// Which certificate answers for which host: exact names before wildcards (RFC 9525 section 6.3), in any case.
struct TLSNames<Value> {
  private var exact: [String: Value] = [:]
  /// By what follows the asterisk and its dot.
  private var wildcards: [String: Value] = [:]

  /// Enters a name of a certificate, unless an earlier certificate has it already.
  mutating func enter(_ name: String, _ value: Value) {
    let name = Self.normal(name)
    if name.hasPrefix("*.") {
      let parent = String(name.dropFirst(2))
      if wildcards[parent] == nil { wildcards[parent] = value }
    } else if exact[name] == nil {
      exact[name] = value
    }
  }

  /// The certificate for a host; nil where none names it.
  subscript(host: String) -> Value? {
    let host = Self.normal(host)
    if let value = exact[host] { return value }
    // The asterisk stands for exactly one label.
    guard let dot = host.firstIndex(of: "."), dot != host.startIndex else { return nil }
    return wildcards[String(host[host.index(after: dot)...])]
  }

  private static func normal(_ name: String) -> String {
    let name = name.lowercased()
    return name.hasSuffix(".") ? String(name.dropLast()) : name
  }
}
