import Glibc
import HTTPWire
import Log
import ProxyWire
import Reactor

/// What proxies tell of those behind them, as far as they are trusted.
extension SocketEngine {
  /// Whether a connection that was accepted is to begin with a PROXY header.
  func expectsProxyHeader(_ connection: Connection) -> Bool {
    guard settings.expectsProxyHeader, let address = connection.peer.flatMap({ IPAddress($0.host) }) else {
      return false
    }
    return settings.trustedProxies.contains { $0.contains(address) }
  }

  /// Takes the header before a connection's own bytes.
  /// - Returns: what follows it; nil where it is not whole yet, or the connection was dropped.
  func takeProxyHeader(_ connection: Connection, _ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    connection.prologue?.append(contentsOf: bytes)
    guard let prologue = connection.prologue else { return nil }
    do throws(ProxyError) {
      guard let header = try ProxyHeader.parse(prologue) else { return nil }
      if let source = header.source {
        connection.origin = Origin(told: SocketAddress(host: "\(source.address)", port: source.port))
      }
      connection.prologue = nil
      if let source = header.source { charge(connection, to: source.address) }
      guard connection.stage == .http else { return nil }
      let rest = prologue[header.count...]
      raw.copyBytes(from: rest)
      return UnsafeRawBufferPointer(rebasing: raw[..<rest.count])
    } catch {
      log.warning("a proxy's connection is refused", ["error": error])
      drop(connection)
      return nil
    }
  }

  /// Notes whose request it is.
  func noteOrigin(of head: HTTPRequestHead, on connection: Connection) {
    guard !settings.trustedProxies.isEmpty else { return }
    connection.origin?.forwarded = nil
    let forwardedFor = head.fields.combined("x-forwarded-for")
    let forwarded = head.fields.combined("forwarded")
    guard forwardedFor != nil || forwarded != nil, let peer = connection.peer.flatMap({ IPAddress($0.host) }) else {
      return
    }
    let client = ForwardedFields.client(
      peer: peer, forwardedFor: forwardedFor, forwarded: forwarded, trusted: settings.trustedProxies)
    guard client != peer else { return }
    // Which port the client used is not told.
    let address = SocketAddress(host: "\(client)", port: 0)
    if let origin = connection.origin {
      origin.forwarded = address
    } else {
      connection.origin = Origin(forwarded: address)
    }
    charge(connection, to: client)
  }

  /// Sends a request that came without TLS to where it is spoken (RFC 9110 section 15.4.9).
  func redirect(_ connection: Connection, _ head: HTTPRequestHead, to port: UInt16) {
    guard let authority = head.authority, head.targetForm == .origin || head.targetForm == .absolute else {
      return respond(connection, .problem(.badRequest, "the request names no host"))
    }
    let host =
      authority.hasSuffix("]")
      ? authority : authority.lastIndex(of: ":").map { String(authority[..<$0]) } ?? authority
    var location = "https://\(host)\(port == 443 ? "" : ":\(port)")\(head.path)"
    if let query = head.query { location += "?\(query)" }
    var response = HTTPResponse(HTTPResponseHead(.permanentRedirect))
    do throws(HTTPError) {
      try response.head.add("Location", text: location)
    } catch {
      response = .problem(error.status, error.message)
    }
    respond(connection, response)
  }
}
