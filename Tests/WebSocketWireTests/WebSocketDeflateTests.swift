import HTTPWire
import Testing
import WebSocketWire

/// Negotiation (RFC 7692 section 7.1).
@Suite struct WebSocketDeflateTests {
  static func settings(server: Bool = false, client: Bool = false) -> WebSocketDeflateSettings {
    var settings = WebSocketDeflateSettings()
    settings.isEnabled = true
    settings.serverKeepsContext = server
    settings.clientKeepsContext = client
    return settings
  }

  static func answer(_ offers: String, _ settings: WebSocketDeflateSettings) -> String? {
    WebSocketDeflate.agree(on: WebSocketExtension.list(offers) ?? [], settings)?.answer.description
  }

  static let none = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

  /// Offers and their answers, where no side keeps its context.
  static let plain: [(String, String?)] = [
    ("permessage-deflate", none),
    ("permessage-deflate; server_no_context_takeover", none),
    ("permessage-deflate; client_no_context_takeover", none),
    ("permessage-deflate; client_no_context_takeover; server_no_context_takeover", none),
    ("permessage-deflate; client_max_window_bits", none),
    ("permessage-deflate; client_max_window_bits=8", none),
    ("permessage-deflate; client_max_window_bits=\"15\"", none),
    ("permessage-deflate; server_max_window_bits=15", none + "; server_max_window_bits=15"),
    ("permessage-deflate; server_max_window_bits=\"10\"", none + "; server_max_window_bits=10"),
    ("permessage-deflate; server_max_window_bits=9", none + "; server_max_window_bits=9"),
    ("permessage-deflate; server_max_window_bits=\"1\\2\"", none + "; server_max_window_bits=12"),
    ("permessage-deflate; server_max_window_bits=8", nil),
    ("permessage-deflate; server_max_window_bits=8, permessage-deflate", none),
    ("permessage-deflate; server_max_window_bits", nil),
    ("permessage-deflate; server_max_window_bits=7", nil),
    ("permessage-deflate; server_max_window_bits=16", nil),
    ("permessage-deflate; server_max_window_bits=09", nil),
    ("permessage-deflate; server_max_window_bits=+9", nil),
    ("permessage-deflate; server_max_window_bits=9.0", nil),
    ("permessage-deflate; server_max_window_bits=265", nil),
    ("permessage-deflate; client_max_window_bits=7", nil),
    ("permessage-deflate; client_max_window_bits=016", nil),
    ("permessage-deflate; client_max_window_bits=x", nil),
    ("permessage-deflate; server_no_context_takeover=1", nil),
    ("permessage-deflate; server_no_context_takeover=true", nil),
    ("permessage-deflate; client_no_context_takeover=15", nil),
    ("permessage-deflate; server_no_context_takeover; server_no_context_takeover", nil),
    ("permessage-deflate; client_no_context_takeover; client_no_context_takeover", nil),
    ("permessage-deflate; server_max_window_bits=10; server_max_window_bits=10", nil),
    ("permessage-deflate; client_max_window_bits; client_max_window_bits=10", nil),
    ("permessage-deflate; unknown", nil),
    ("permessage-deflate; Server_No_Context_Takeover", nil),
    ("permessage-deflate; unknown=1, x, permessage-deflate; client_max_window_bits", none),
    ("x-webkit-deflate-frame, permessage-deflate", none),
    ("permessage-bzip2", nil),
    ("", nil),
    (
      "permessage-deflate; server_max_window_bits=9; server_no_context_takeover, permessage-deflate",
      none + "; server_max_window_bits=9"
    ),
  ]

  @Test(arguments: plain) func theFirstGoodOfferIsAnswered(offers: String, expected: String?) {
    #expect(Self.answer(offers, Self.settings()) == expected)
    #expect(WebSocketDeflate.agree(on: WebSocketExtension.list(offers) ?? [], WebSocketDeflateSettings()) == nil)
  }

  /// Offers and their answers, where both sides may keep their context.
  static let keeping: [(String, String)] = [
    ("permessage-deflate", "permessage-deflate"),
    ("permessage-deflate; server_no_context_takeover", "permessage-deflate; server_no_context_takeover"),
    ("permessage-deflate; client_no_context_takeover", "permessage-deflate; client_no_context_takeover"),
    ("permessage-deflate; client_max_window_bits", "permessage-deflate; client_max_window_bits=12"),
    ("permessage-deflate; client_max_window_bits=8", "permessage-deflate; client_max_window_bits=8"),
    ("permessage-deflate; client_max_window_bits=15", "permessage-deflate; client_max_window_bits=12"),
    (
      "permessage-deflate; client_no_context_takeover; client_max_window_bits",
      "permessage-deflate; client_no_context_takeover"
    ),
    ("permessage-deflate; server_max_window_bits=15", "permessage-deflate; server_max_window_bits=12"),
    ("permessage-deflate; server_max_window_bits=9", "permessage-deflate; server_max_window_bits=9"),
    (
      "permessage-deflate; server_max_window_bits=15; server_no_context_takeover",
      "permessage-deflate; server_no_context_takeover; server_max_window_bits=15"
    ),
  ]

  @Test(arguments: keeping) func contextsAreKeptWhereBothAgree(offers: String, expected: String) {
    #expect(Self.answer(offers, Self.settings(server: true, client: true)) == expected)
  }

  @Test func eachSideIsSetByItself() {
    let offer = "permessage-deflate"
    #expect(Self.answer(offer, Self.settings(server: true)) == "permessage-deflate; client_no_context_takeover")
    #expect(Self.answer(offer, Self.settings(client: true)) == "permessage-deflate; server_no_context_takeover")
  }

  static let offers: [WebSocketDeflateOffer] = {
    var offers: [WebSocketDeflateOffer] = []
    for flags in 0..<4 {
      for bits: UInt8? in [nil, 9, 12, 15] {
        for window in [WebSocketDeflateOffer.ClientWindow.fixed, .adjustable, .hint(8), .hint(13)] {
          var offer = WebSocketDeflateOffer()
          offer.serverNoContextTakeover = flags & 1 != 0
          offer.clientNoContextTakeover = flags & 2 != 0
          offer.serverMaxWindowBits = bits
          offer.clientWindow = window
          offers.append(offer)
        }
      }
    }
    return offers
  }()

  @Test func bothSidesComeToTheSame() throws {
    for offer in Self.offers {
      #expect(WebSocketDeflateOffer(offer.asExtension) == offer)
      for flags in 0..<4 {
        let settings = Self.settings(server: flags & 1 != 0, client: flags & 2 != 0)
        let written = offer.asExtension.description
        let server = try #require(WebSocketDeflate.agree(on: WebSocketExtension.list(written) ?? [], settings))
        let client = try #require(WebSocketDeflate(answer: server.answer, to: offer))
        #expect(client.serverKeepsContext == server.agreed.serverKeepsContext)
        #expect(client.clientKeepsContext == server.agreed.clientKeepsContext)
        // What one writes the other can read: the reader's window is never the smaller one.
        #expect(client.serverWindowBits >= server.agreed.serverWindowBits)
        #expect(client.clientWindowBits <= server.agreed.clientWindowBits)
      }
    }
  }

  /// Answers that a client has to refuse: to an offer of nothing special, and of every limit.
  static let wrong: [(String, String)] = [
    ("", "permessage-deflate; client_max_window_bits=10"),
    ("", "permessage-deflate; server_max_window_bits"),
    ("", "permessage-deflate; server_max_window_bits=16"),
    ("", "permessage-deflate; unknown"),
    ("", "permessage-deflate; server_no_context_takeover; server_no_context_takeover"),
    ("", "permessage-bzip2"),
    ("; server_no_context_takeover", "permessage-deflate"),
    ("; server_max_window_bits=10", "permessage-deflate"),
    ("; server_max_window_bits=10", "permessage-deflate; server_max_window_bits=11"),
    ("; client_max_window_bits", "permessage-deflate; client_max_window_bits"),
    ("; client_max_window_bits", "permessage-deflate; client_max_window_bits=7"),
  ]

  @Test(arguments: wrong) func wrongAnswersAreRefused(offer: String, answer: String) throws {
    let offers = try #require(WebSocketExtension.list("permessage-deflate" + offer))
    let answers = try #require(WebSocketExtension.list(answer))
    let read = try #require(WebSocketDeflateOffer(offers[0]))
    #expect(WebSocketDeflate(answer: answers[0], to: read) == nil)
  }

  @Test func aWholeHandshake() throws {
    var offer = WebSocketDeflateOffer()
    offer.clientWindow = .adjustable
    let client = WebSocketClientHandshake(deflate: offer)
    var bytes: [UInt8] = []
    client.appendRequest(host: "a", target: "/", to: &bytes)
    let request = try WebSocketHandshakeTests.request(String(decoding: bytes, as: UTF8.self))
    let server = try WebSocketHandshake(judging: request, subprotocols: [])
    let (agreed, answer) = try #require(WebSocketDeflate.agree(on: server.offeredExtensions, Self.settings()))
    let head = try WebSocketHandshakeTests.answer(server, extensions: [answer])
    let received = try WebSocketHandshakeTests.received(Array(head.utf8))
    try client.check(received)
    #expect(try client.agreed(received) == agreed)

    // Nothing was offered by this one.
    let other = WebSocketClientHandshake()
    #expect(throws: WebSocketHandshakeError.self) { try other.agreed(received) }
    let twice = try WebSocketHandshakeTests.answer(server, extensions: [answer, answer])
    #expect(throws: WebSocketHandshakeError.self) {
      try client.check(try WebSocketHandshakeTests.received(Array(twice.utf8)))
    }
  }
}
