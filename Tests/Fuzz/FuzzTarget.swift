import Glibc

/// What is fuzzed; SKEIN_FUZZ_TARGET chooses one. Each has a folder of seeds and a file in `Targets`.
enum FuzzTarget: String, CaseIterable {
  case httpRequests = "http-requests"
  case httpResponses = "http-responses"
  case webSocketFrames = "websocket-frames"
  case inflate
  case deflateRoundTrip = "deflate-round-trip"
  case deflateNegotiation = "deflate-negotiation"
  case json
  case clientFrames = "client-frames"
  case proxyHeader = "proxy-header"
  case forwardedFields = "forwarded-fields"
  case jsonWebTokens = "json-web-tokens"

  /// The target of this run.
  static let chosen: FuzzTarget = {
    if let name = getenv("SKEIN_FUZZ_TARGET"), let target = FuzzTarget(rawValue: String(cString: name)) {
      return target
    }
    print("SKEIN_FUZZ_TARGET is one of " + allCases.map(\.rawValue).joined(separator: ", "))
    exit(2)
  }()

  func check(_ input: inout FuzzInput) {
    switch self {
    case .httpRequests: checkHTTPRequests(&input)
    case .httpResponses: checkHTTPResponses(&input)
    case .webSocketFrames: checkWebSocketFrames(&input)
    case .inflate: checkInflate(&input)
    case .deflateRoundTrip: checkDeflateRoundTrip(&input)
    case .deflateNegotiation: checkDeflateNegotiation(&input)
    case .json: checkJSON(&input)
    case .clientFrames: checkClientFrames(&input)
    case .proxyHeader: checkProxyHeader(&input)
    case .forwardedFields: checkForwardedFields(&input)
    case .jsonWebTokens: checkJSONWebTokens(&input)
    }
  }
}
