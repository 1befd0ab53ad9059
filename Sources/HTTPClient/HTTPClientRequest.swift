/// A request that this server makes of another.
package struct HTTPClientRequest: Sendable {
  package var method: String
  /// `http` or `https`, and where; without a user or a password.
  package var url: String
  /// Names and values, in order.
  package private(set) var fields: [(name: String, value: String)] = []
  package var body: [UInt8]
  /// How long connecting may take, the encryption's handshake with it, in milliseconds.
  package var connectMilliseconds: UInt64 = 10_000
  /// How long nothing may come, from its sending on, while somebody waits for it, in milliseconds; 0: for ever.
  package var silenceMilliseconds: UInt64 = 0
  /// How long it may take in all, in milliseconds; 0: for ever.
  package var totalMilliseconds: UInt64 = 0
  /// Whether it may come twice. On a connection that was used before and ends without a word, libcurl sends a request
  /// again, though it may have been acted upon (RFC 9110 section 9.2.2); one that may not come twice has a new one.
  package var mayRepeat = true
  /// The largest content of an answer, in bytes.
  package var mostBytes = 64 * 1024 * 1024

  package init(_ method: String = "GET", _ url: String, body: [UInt8] = []) {
    self.method = method
    self.url = url
    self.body = body
  }

  /// Sets a header field.
  /// - Returns: false where it is none (RFC 9110 section 5): nothing is set then.
  @discardableResult
  package mutating func setField(_ name: String, _ value: String) -> Bool {
    let isToken = { (byte: UInt8) in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
      default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
      }
    }
    guard !name.isEmpty, name.utf8.allSatisfy(isToken), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 9 })
    else { return false }
    fields.removeAll { $0.name.lowercased() == name.lowercased() }
    fields.append((name, value))
    return true
  }
}

/// What comes before the content of an answer.
package struct HTTPClientHead: Sendable {
  /// RFC 9110 section 15.
  package let status: Int
  /// As in `HTTP/1.1`; `2` for HTTP/2.
  package let version: String
  private let fields: [(name: String, value: String)]

  init(status: Int, version: String, fields: [(name: String, value: String)]) {
    self.status = status
    self.version = version
    self.fields = fields
  }

  /// The value of the first field of that name, which is given in lower case.
  package subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

  /// What kind of content follows, in lower case and without parameters; empty where that is not said.
  package var mediaType: String {
    let value = self["content-type"] ?? ""
    return String(value.prefix { $0 != ";" }.lowercased().filter { $0 != " " })
  }
}
