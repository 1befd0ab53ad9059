package import WebSocketWire

/// Messages that are sent to be sent back, as frames that are made once.
package struct EchoMessages: Sendable {
  /// As they go on the wire.
  package let frames: [[UInt8]]
  /// The sizes of what comes back, in bytes before it is compressed.
  package let sizes: [Int]

  /// One message of so many equal bytes.
  package init(bytes: Int) {
    self.init([[UInt8](repeating: UInt8(ascii: "x"), count: bytes)], isCompressed: false)
  }

  /// Different messages, each of about so many bytes: JSON frames of a chat, with plain English in them.
  /// - Parameter isCompressed: whether they are compressed, none with the help of another.
  package init(chat count: Int, bytes: Int, isCompressed: Bool) {
    var words = ChatWords(seed: 0x2545_F491_4F6C_DD1D)
    let messages = (0..<count).map { number in
      ChatFrames.message(words.next(), content: words.text(max(1, bytes - ChatFrames.message(0, content: "").count)))
    }
    self.init(messages, isCompressed: isCompressed)
  }

  private init(_ messages: [[UInt8]], isCompressed: Bool) {
    let key: UInt32 = 0x3DFA_2137
    var settings = WebSocketDeflateSettings()
    // As browsers do it.
    (settings.threshold, settings.level) = (0, 6)
    let pool = WebSocketDeflatePool(settings)
    var context: WebSocketDeflateContext?
    if isCompressed {
      context = WebSocketDeflateContext(
        WebSocketDeflate(serverKeepsContext: false, clientKeepsContext: false), role: .client)
    }
    var frames: [[UInt8]] = []
    for message in messages {
      var frame: [UInt8] = []
      pool.append(.text, message.span.bytes, for: &context, maskKey: key, to: &frame)
      frames.append(frame)
    }
    self.frames = frames
    sizes = messages.map(\.count)
  }

  /// What the client says of itself where the messages are compressed.
  package static var offer: WebSocketDeflateOffer {
    var offer = WebSocketDeflateOffer()
    offer.clientNoContextTakeover = true
    return offer
  }
}

/// Plain English by chance: common words with the frequencies that words have (Zipf's law).
struct ChatWords {
  private static let words = """
    the to a you it and is of in that for on have this with be can not are what we do if so just but as at get my will
    your there was how from when then or all they would one about like know need which out think work time more some
    message server please error thanks could should works where open page button order account change password settings
    yesterday invoice delivery customer question answer between browser version update problem again because
    """.split { $0 == " " || $0 == "\n" }

  /// For each rank, what it and those before it weigh.
  private static let weights = words.indices.reduce(into: [Double]()) { sums, rank in
    sums.append((sums.last ?? 0) + 1 / Double(rank + 1))
  }

  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  /// A text of so many bytes.
  mutating func text(_ bytes: Int) -> String {
    var text = ""
    while text.utf8.count < bytes {
      let share = Double(next() >> 11) / Double(1 << 53) * (Self.weights.last ?? 0)
      let rank = Self.weights.firstIndex { $0 >= share } ?? 0
      text += Self.words[rank] + (next() % 12 == 0 ? ". " : " ")
    }
    return String(text.prefix(bytes))
  }
}
