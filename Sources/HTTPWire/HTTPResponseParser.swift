/// What a response parser has found.
package enum HTTPResponseEvent: Sendable {
  /// A response begins; an interim one (1xx other than 101) is followed by another head.
  case head(HTTPReceivedHead)
  /// Some of its content, as a range of the input.
  case body(Range<Int>)
  /// The response is whole. What follows in the input is the next one's, or the new protocol's after 101.
  case end
}

/// A response up to its content, as it was received.
package struct HTTPReceivedHead: Sendable {
  /// The status.
  package let status: HTTPStatus
  /// The version.
  package let version: HTTPVersion
  /// The fields.
  package let fields: HTTPFields
  /// How the content is delimited.
  package let body: HTTPBody
}

/// Parses the responses of one connection (RFC 9112) for clients: test kit and load generators.
package struct HTTPResponseParser: ~Copyable {
  private enum Stage {
    case head, interim, untilClose, end
    case length(Int)
    case chunked(HTTPChunkedDecoder)
  }

  /// Whether the next response answers a HEAD request, so that it has no content.
  package var isHead = false

  private let limits: HTTPLimits
  private var stage = Stage.head
  private var head: HTTPHeadBuffer

  /// A parser at the start of a connection.
  package init(limits: HTTPLimits = HTTPLimits()) {
    self.limits = limits
    head = HTTPHeadBuffer(limits: limits)
  }

  /// Whether the connection may end here: between two responses, or within content that its end delimits.
  package var mayEnd: Bool {
    switch stage {
    case .head: head.isEmpty
    case .untilClose: true
    default: false
    }
  }

  /// Parses the input from `offset` on up to the next event, and moves `offset` behind it; nil where more input is
  /// needed, which leaves no byte unconsumed.
  package mutating func next(
    in input: RawSpan, from offset: inout Int
  ) throws(HTTPError) -> HTTPResponseEvent? {
    switch stage {
    case .head, .interim:
      guard try head.take(input, &offset) else { return nil }
      let response = try HTTPReceivedHead(head, isHead: isHead)
      head = HTTPHeadBuffer(limits: limits)
      begin(response)
      return .head(response)
    case .untilClose:
      guard offset < input.byteCount else { return nil }
      let range = offset..<input.byteCount
      offset = input.byteCount
      return .body(range)
    case .length(let rest):
      guard offset < input.byteCount else { return nil }
      let range = offset..<offset + min(rest, input.byteCount - offset)
      offset = range.upperBound
      stage = rest == range.count ? .end : .length(rest - range.count)
      return .body(range)
    case .chunked(var decoder):
      let step = try decoder.next(input, &offset)
      stage = .chunked(decoder)
      switch step {
      case nil: return nil
      case .data(let range): return .body(range)
      case .end:
        stage = .head
        return .end
      }
    case .end:
      stage = .head
      return .end
    }
  }

  private mutating func begin(_ response: HTTPReceivedHead) {
    if response.status.code < 200, response.status != .switchingProtocols {
      stage = .interim
      return
    }
    switch response.body {
    case .none, .length(0): stage = .end
    case .length(let length): stage = .length(length)
    case .chunked: stage = .chunked(HTTPChunkedDecoder())
    case .untilClose: stage = .untilClose
    }
  }
}

extension HTTPReceivedHead {
  /// The response that a whole head makes: `HTTP/1.1 SP code SP reason`.
  init(_ head: HTTPHeadBuffer, isHead: Bool) throws(HTTPError) {
    guard let line = head.startLine else { throw .syntax("no status line") }
    let text = head.fields.bytes.span.bytes.extracting(line)
    func byte(_ place: Int) -> UInt8 { text.unsafeLoad(fromByteOffset: place, as: UInt8.self) }
    guard text.byteCount >= 12, HTTPText.equals(text.extracting(0..<7), "HTTP/1."), HTTPText.isDigit(byte(7)),
      byte(8) == 0x20, (9...11).allSatisfy({ HTTPText.isDigit(byte($0)) }), text.byteCount == 12 || byte(12) == 0x20,
      HTTPText.isFieldValue(text)
    else { throw .syntax("the status line is broken") }
    let code = (9...11).reduce(UInt16(0)) { $0 * 10 + UInt16(byte($1) - 0x30) }
    guard (100...599).contains(code) else { throw .syntax("the status line is broken") }
    status = HTTPStatus(code)
    version = byte(7) == UInt8(ascii: "0") ? .http10 : .http11
    fields = head.fields
    if isHead || status.forbidsBody {
      body = .none
    } else {
      let told = try fields.body(version: version)
      body = told == .none ? .untilClose : told
    }
  }
}
