/// What a client offers of permessage-deflate (RFC 7692 section 7.1).
package struct WebSocketDeflateOffer: Equatable, Sendable {
  /// What a client says of its own window.
  package enum ClientWindow: Equatable, Sendable {
    /// It can't be told a size.
    case fixed
    /// It can be told a size.
    case adjustable
    /// It can be told a size, and uses no more than so many bits, 8 to 15, anyhow.
    case hint(UInt8)
  }

  /// The extension's name.
  package static let name = "permessage-deflate"

  /// Whether the server is asked not to refer to its messages before.
  package var serverNoContextTakeover = false
  /// Whether the client says that it will not refer to its messages before.
  package var clientNoContextTakeover = false
  /// The largest window that the server may use, in bits, 8 to 15; nil for any.
  package var serverMaxWindowBits: UInt8?
  package var clientWindow = ClientWindow.fixed

  package init() {}

  /// Reads an offer. Nil where it is another extension's, or has to be declined (section 7.1): an unknown parameter, one
  /// that comes twice, a value where none belongs or a wrong one.
  package init?(_ offer: WebSocketExtension) {
    guard offer.name == Self.name else { return nil }
    var parameters = WebSocketDeflateParameters()
    guard parameters.read(offer) else { return nil }
    serverNoContextTakeover = parameters.serverNoContextTakeover
    clientNoContextTakeover = parameters.clientNoContextTakeover
    switch parameters.serverMaxWindowBits {
    case .none: break
    case .some(.none): return nil
    case .some(.some(let bits)): serverMaxWindowBits = bits
    }
    switch parameters.clientMaxWindowBits {
    case .none: break
    case .some(.none): clientWindow = .adjustable
    case .some(.some(let bits)): clientWindow = .hint(bits)
    }
  }

  /// As it stands in a request.
  package var asExtension: WebSocketExtension {
    var result = WebSocketExtension(Self.name)
    if serverNoContextTakeover { result.parameters.append(.init("server_no_context_takeover")) }
    if clientNoContextTakeover { result.parameters.append(.init("client_no_context_takeover")) }
    if let serverMaxWindowBits { result.parameters.append(.init("server_max_window_bits", "\(serverMaxWindowBits)")) }
    switch clientWindow {
    case .fixed: break
    case .adjustable: result.parameters.append(.init("client_max_window_bits"))
    case .hint(let bits): result.parameters.append(.init("client_max_window_bits", "\(bits)"))
    }
    return result
  }
}

/// The parameters of an offer or of an answer. Of those with a value: nil where the parameter is not there, `some(nil)`
/// where it has no value.
struct WebSocketDeflateParameters {
  var serverNoContextTakeover = false
  var clientNoContextTakeover = false
  var serverMaxWindowBits: UInt8??
  var clientMaxWindowBits: UInt8??

  /// False where one is unknown, comes twice, or has a value that it can't have.
  mutating func read(_ source: WebSocketExtension) -> Bool {
    var seen: Set<String> = []
    for parameter in source.parameters {
      guard seen.insert(parameter.name).inserted else { return false }
      switch parameter.name {
      case "server_no_context_takeover" where parameter.value == nil: serverNoContextTakeover = true
      case "client_no_context_takeover" where parameter.value == nil: clientNoContextTakeover = true
      case "server_max_window_bits":
        guard let bits = windowBits(parameter.value) else { return false }
        serverMaxWindowBits = .some(bits)
      case "client_max_window_bits":
        guard let bits = windowBits(parameter.value) else { return false }
        clientMaxWindowBits = .some(bits)
      default: return false
      }
    }
    return true
  }

  /// A decimal number from 8 to 15 without leading zeros (section 7.1.2.1); `some(nil)` for no value.
  private func windowBits(_ value: String?) -> UInt8?? {
    guard let value else { return .some(nil) }
    guard let bits = UInt8(value), 8...15 ~= bits, String(bits) == value else { return nil }
    return .some(bits)
  }
}
