import CCurl
import Glibc
import ProxyWire
import Reactor

/// One transfer of libcurl's (an "easy handle"), set up for an exchange, which it tells of what comes.
///
/// All of libcurl's pointers stand in this folder. An exchange is held by its client for longer than its transfer.
final class CurlRequest {
  let handle: UnsafeMutableRawPointer
  let exchange: Exchange
  private var lines: UnsafeMutablePointer<curl_slist>?

  /// - Throws: `badURL`, or where libcurl has no memory.
  init(
    _ exchange: Exchange, id: UInt64, _ settings: HTTPClientSettings, exemptions: String
  ) throws(HTTPClientError) {
    // An answer that is no HTTP is an unsupported protocol to libcurl too.
    let scheme = exchange.request.url.prefix { $0 != ":" }.lowercased()
    guard scheme == "http" || scheme == "https" else { throw HTTPClientError(.badURL, "neither http nor https") }
    guard let handle = curl_easy_init() else { throw HTTPClientError(.unreachable, "out of memory") }
    self.handle = handle
    self.exchange = exchange
    let request = exchange.request
    var code = CURLE_OK
    func number(_ option: CURLoption, _ value: Int) {
      if code == CURLE_OK { code = curl_set_number(handle, option, value) }
    }
    func text(_ option: CURLoption, _ value: String) {
      if code == CURLE_OK { code = curl_set_text(handle, option, value) }
    }
    // Without it libcurl would break off a slow look-up of a name by a signal.
    number(CURLOPT_NOSIGNAL, 1)
    text(CURLOPT_PROTOCOLS_STR, "http,https")
    text(CURLOPT_URL, request.url)
    text(CURLOPT_USERAGENT, settings.userAgent)
    text(CURLOPT_CUSTOMREQUEST, request.method)
    // HTTP/2 where encryption's handshake offers it.
    number(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
    // Requests at once wait for the first one's handshake to say whether they may share its connection. Without
    // encryption only an answer's head would say, which can take as long as the answer does.
    if scheme == "https" { number(CURLOPT_PIPEWAIT, 1) }
    number(CURLOPT_FOLLOWLOCATION, 0)
    number(CURLOPT_SSL_VERIFYPEER, 1)
    number(CURLOPT_SSL_VERIFYHOST, 2)
    number(CURLOPT_TCP_KEEPALIVE, 1)
    number(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    number(CURLOPT_CONNECTTIMEOUT_MS, Int(clamping: request.connectMilliseconds))
    number(CURLOPT_TIMEOUT_MS, Int(clamping: request.totalMilliseconds))
    if !request.mayRepeat { number(CURLOPT_FRESH_CONNECT, 1) }
    if let authorities = settings.authorities { text(CURLOPT_CAINFO, authorities) }
    if let proxy = settings.proxy { text(CURLOPT_PROXY, proxy) }
    text(CURLOPT_NOPROXY, exemptions)
    if !request.body.isEmpty || request.method != "GET" {
      number(CURLOPT_POST, 1)
      if code == CURLE_OK {
        code = curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
      }
      if code == CURLE_OK {
        // An empty one needs a place all the same.
        let body = request.body.isEmpty ? [0] : request.body
        code = body.withUnsafeBytes { bytes in
          curl_set_text(handle, CURLOPT_COPYPOSTFIELDS, bytes.bindMemory(to: CChar.self).baseAddress)
        }
      }
    }
    // No field that libcurl would add by itself, but those of HTTP: a body is sent at once, and said to be of no kind.
    for line in ["Expect:", "Content-Type:"] where !request.fields.contains(where: { "\($0.name):" == line }) {
      lines = curl_slist_append(lines, line)
    }
    for field in request.fields {
      // A field without a value is written with a semicolon.
      lines = curl_slist_append(lines, field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
    }
    if code == CURLE_OK { code = curl_set_pointer(handle, CURLOPT_HTTPHEADER, lines) }
    let owner = Unmanaged.passUnretained(exchange).toOpaque()
    for option in [CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_OPENSOCKETDATA] where code == CURLE_OK {
      code = curl_set_pointer(handle, option, owner)
    }
    if code == CURLE_OK {
      code = curl_set_pointer(handle, CURLOPT_PRIVATE, UnsafeMutableRawPointer(bitPattern: UInt(id)))
    }
    if code == CURLE_OK {
      code = curl_set_receiver(handle, CURLOPT_WRITEFUNCTION) { CurlRequest.takeContent($0, $1 * $2, $3) }
    }
    if code == CURLE_OK {
      code = curl_set_receiver(handle, CURLOPT_HEADERFUNCTION) { CurlRequest.takeHeadLine($0, $1 * $2, $3) }
    }
    if code == CURLE_OK { code = curl_set_opener(handle) { CurlRequest.open($0, $2) } }
    guard code == CURLE_OK else { throw HTTPClientError(.badURL, String(cString: curl_easy_strerror(code))) }
  }

  deinit {
    curl_easy_cleanup(handle)
    curl_slist_free_all(lines)
  }

  /// Has libcurl hand over what it held back, from within this call on.
  func resume() { curl_easy_pause(handle, CURLPAUSE_CONT) }

  /// Has libcurl send what waits on its connection, by telling the other side that more may come.
  func flush() {
    if !exchange.isPaused { curl_easy_pause(handle, CURLPAUSE_RECV) }
    curl_easy_pause(handle, CURLPAUSE_CONT)
  }

  /// The port of this side, which tells its connection from others; 0 where it has none.
  var localPort: Int {
    var port = 0
    curl_get_number(handle, CURLINFO_LOCAL_PORT, &port)
    return port
  }

  /// What libcurl calls a transfer's end.
  static func error(_ code: CURLcode) -> HTTPClientError {
    let kind: HTTPClientError.Code =
      switch code {
      case CURLE_URL_MALFORMAT: .badURL
      case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT, CURLE_PROXY,
        CURLE_SSL_CONNECT_ERROR:
        .unreachable
      case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR: .untrusted
      case CURLE_OPERATION_TIMEDOUT: .timedOut
      case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING: .malformed
      default: .cut
      }
    return HTTPClientError(kind, String(cString: curl_easy_strerror(code)))
  }

  // MARK: What libcurl calls, on the loop's thread

  private static func exchange(_ owner: UnsafeMutableRawPointer?) -> Exchange? {
    owner.map { Unmanaged<Exchange>.fromOpaque($0).takeUnretainedValue() }
  }

  private static func takeContent(
    _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ owner: UnsafeMutableRawPointer?
  ) -> Int {
    guard let exchange = exchange(owner) else { return 0 }
    let piece = UnsafeRawBufferPointer(start: bytes, count: count)
    return switch exchange.take(piece, now: EventLoop.monotonicMilliseconds()) {
    case .taken: piece.count
    case .held: Int(CURL_WRITEFUNC_PAUSE)
    // Any number but that of the bytes breaks the transfer off.
    case .refused: piece.count == 0 ? 1 : 0
    }
  }

  private static func takeHeadLine(
    _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ owner: UnsafeMutableRawPointer?
  ) -> Int {
    guard let exchange = exchange(owner) else { return 0 }
    let line = UnsafeRawBufferPointer(start: bytes, count: count)
    return exchange.takeHeadLine(line, now: EventLoop.monotonicMilliseconds()) ? line.count : 0
  }

  /// Opens a socket for an address that a name was looked up to: judged here, it is the one that is connected to.
  private static func open(
    _ owner: UnsafeMutableRawPointer?, _ address: UnsafeMutablePointer<curl_sockaddr>?
  ) -> Int32 {
    guard let exchange = exchange(owner), let address else { return CURL_SOCKET_BAD }
    let ip: IPAddress? =
      switch address.pointee.family {
      case AF_INET:
        withUnsafeBytes(of: &address.pointee.addr) { IPAddress(bytes: $0.dropFirst(4).prefix(4)) }
      case AF_INET6: address6(address)
      default: nil
      }
    guard exchange.allows(ip) else { return CURL_SOCKET_BAD }
    let type = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
    return socket(address.pointee.family, type, address.pointee.protocol)
  }

  /// The structure is declared with room for an IPv4 address, and holds the address that it says it does.
  private static func address6(_ address: UnsafeMutablePointer<curl_sockaddr>) -> IPAddress? {
    guard address.pointee.addrlen >= 24, let place = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return nil }
    let bytes = UnsafeRawPointer(address).advanced(by: place + 8)
    return IPAddress(bytes: Array(UnsafeRawBufferPointer(start: bytes, count: 16)))
  }
}
