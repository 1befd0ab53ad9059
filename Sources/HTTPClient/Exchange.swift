import ProxyWire
import Reactor

/// A request under way, and what has come of its answer. It lives on its client's loop.
final class Exchange {
  let request: HTTPClientRequest
  private let settings: HTTPClientSettings

  private(set) var head: HTTPClientHead?
  /// What has come of the content and was not taken yet.
  private var content: [UInt8] = []
  /// How it ended.
  private(set) var end: Result<Void, HTTPClientError>?
  /// Why the transfer is to end that libcurl is told to break off.
  private(set) var reason: HTTPClientError?
  /// Whether libcurl holds content back until it is asked for more.
  private(set) var isPaused = false
  /// Whether nobody reads what still comes, which is only waited for so that the connection can be used again.
  var isLeft = false
  var waiter: CheckedContinuation<Void, Never>?
  /// When something last came, or somebody began to wait for more, in the loop's milliseconds.
  var livedAt: UInt64
  var timer: TimerID?

  private var status = 0
  private var version = ""
  private var fields: [(name: String, value: String)] = []
  private var headCount = 0
  private var contentCount = 0

  init(_ request: HTTPClientRequest, _ settings: HTTPClientSettings, now: UInt64) {
    self.request = request
    self.settings = settings
    livedAt = now
  }

  var hasContent: Bool { !content.isEmpty }

  // MARK: What libcurl hands over

  /// Takes a line of a head: of those that only announce one, of the head itself, and of trailers, which are dropped.
  /// - Returns: whether to go on.
  func takeHeadLine(_ line: UnsafeRawBufferPointer, now: UInt64) -> Bool {
    livedAt = now
    guard head == nil else { return true }
    headCount += line.count
    guard headCount <= settings.headBytes else { return fail(HTTPClientError(.tooLarge, "the head")) }
    let text = String(decoding: line.prefix { $0 != 0x0D && $0 != 0x0A }, as: UTF8.self)
    if text.hasPrefix("HTTP/") {
      let parts = text.split(separator: " ", maxSplits: 2)
      guard parts.count >= 2, let number = Int(parts[1]) else { return fail(HTTPClientError(.malformed)) }
      (status, version, fields) = (number, String(parts[0].dropFirst(5)), [])
    } else if text.isEmpty {
      // 1xx only announce an answer.
      if status >= 200 {
        head = HTTPClientHead(status: status, version: version, fields: fields)
        wake()
      }
    } else if let colon = text.firstIndex(of: ":") {
      let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      fields.append((text[..<colon].lowercased(), String(value)))
    }
    return true
  }

  /// What became of a piece of content.
  enum Taken {
    case taken, held, refused
  }

  /// Takes a piece of the content, or has it held back where much waits already.
  func take(_ piece: UnsafeRawBufferPointer, now: UInt64) -> Taken {
    livedAt = now
    if isLeft { return .taken }
    if content.count >= settings.bufferBytes {
      isPaused = true
      return .held
    }
    contentCount += piece.count
    guard contentCount <= request.mostBytes else {
      _ = fail(HTTPClientError(.tooLarge, "the content"))
      return .refused
    }
    content.append(contentsOf: piece)
    wake()
    return .taken
  }

  /// Whether a connection may be made to that address.
  func allows(_ address: IPAddress?) -> Bool {
    guard settings.reach == .publicInternet else { return true }
    if let address, address.isPublic { return true }
    return fail(HTTPClientError(.refusedAddress, address.map { "\($0)" } ?? "no IP address"))
  }

  private func fail(_ error: HTTPClientError) -> Bool {
    reason = reason ?? error
    return false
  }

  // MARK: What the reader does

  /// What waits of the content; libcurl may go on.
  func takeContent() -> [UInt8] {
    isPaused = false
    livedAt = EventLoop.monotonicMilliseconds()
    defer { content = [] }
    return content
  }

  func finish(_ result: Result<Void, HTTPClientError>) {
    if end == nil { end = result }
    wake()
  }

  func wake() { waiter.take()?.resume() }
}
