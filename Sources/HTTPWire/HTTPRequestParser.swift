/// What a request parser has found.
package enum HTTPRequestEvent: Sendable {
  /// A request begins. After it the caller may set `bodyLimit`, or leave the parser, where it upgrades the connection.
  case head(HTTPRequestHead)
  /// Some of its content, as a range of the input.
  case body(Range<Int>)
  /// The request is whole. What follows in the input is the next one's.
  case end
}

/// Parses the requests of one connection (RFC 9112), in pieces of any size, in linear time and bounded memory. Strict:
/// every shape by which a request could be smuggled past a reader of another mind is an error. After an error the parser
/// gives nothing but that error again: the connection is to be closed when it has been answered.
package struct HTTPRequestParser: ~Copyable {
  private enum Stage {
    case head
    case length(Int)
    case chunked(HTTPChunkedDecoder)
    case end
    case failed(HTTPError)
  }

  /// The largest content of the current request, in bytes; each request starts with the limit of the parser's limits.
  package var bodyLimit: Int

  private let limits: HTTPLimits
  private var stage = Stage.head
  // The bytes of the current request's content that have been handed out.
  private var taken = 0
  private var head: HTTPHeadBuffer

  /// A parser at the start of a connection.
  package init(limits: HTTPLimits = HTTPLimits()) {
    self.limits = limits
    bodyLimit = limits.bodyBytes
    head = HTTPHeadBuffer(limits: limits)
  }

  /// Whether the parser stands between two requests, with nothing of the next one taken.
  package var isIdle: Bool {
    if case .head = stage { head.isEmpty } else { false }
  }

  /// Whether the parser stands within a request's head.
  package var isInsideHead: Bool {
    if case .head = stage { !head.isEmpty } else { false }
  }

  /// Parses the input from `offset` on up to the next event, and moves `offset` behind it; nil where more input is
  /// needed, which leaves no byte unconsumed. After an `end` the caller decides when the next request's turn comes.
  package mutating func next(
    in input: RawSpan, from offset: inout Int
  ) throws(HTTPError) -> HTTPRequestEvent? {
    do {
      return try step(input, &offset)
    } catch {
      stage = .failed(error)
      throw error
    }
  }

  private mutating func step(_ input: RawSpan, _ offset: inout Int) throws(HTTPError) -> HTTPRequestEvent? {
    switch stage {
    case .failed(let error):
      throw error
    case .head:
      guard try head.take(input, &offset) else { return nil }
      let request = try HTTPRequestHead(head)
      head = HTTPHeadBuffer(limits: limits)
      bodyLimit = limits.bodyBytes
      taken = 0
      switch request.body {
      case .length(let length) where length > 0: stage = .length(length)
      case .chunked: stage = .chunked(HTTPChunkedDecoder())
      default: stage = .end
      }
      return .head(request)
    case .length(let rest):
      // Refused before the first byte of the content, so that it need not be sent.
      guard rest <= bodyLimit - taken else { throw tooLarge() }
      guard offset < input.byteCount else { return nil }
      let range = offset..<offset + min(rest, input.byteCount - offset)
      offset = range.upperBound
      taken += range.count
      stage = rest == range.count ? .end : .length(rest - range.count)
      return .body(range)
    case .chunked(var decoder):
      let step = try decoder.next(input, &offset)
      stage = .chunked(decoder)
      switch step {
      case nil:
        return nil
      case .data(let range):
        guard range.count <= bodyLimit - taken else { throw tooLarge() }
        taken += range.count
        return .body(range)
      case .end:
        stage = .head
        return .end
      }
    case .end:
      stage = .head
      return .end
    }
  }

  private func tooLarge() -> HTTPError {
    HTTPError(.contentTooLarge, "the content is larger than this resource takes")
  }
}
