import COpenSSL
import SeededRandom
import SkeinTestKit
import TLSEngine
import Testing

/// Peers that want something else than a connection.
@Suite struct HostileTests {
  /// What a client sends, changed, cut, repeated and mixed: the server's end fails or waits, and gives little for it.
  @Test("flights that were tampered with", arguments: [TLSVersion.tls12, .tls13])
  func tampering(_ version: TLSVersion) throws {
    let folder = try TestFolder()
    let (server, client) = try contexts(folder, maximum: version)
    var random = SeededGenerator("flights that were tampered with")
    for _ in 0..<400 {
      let pair = try Pair(server, client)
      var rounds = 0
      while rounds < 6, pair.serverEnd == nil, !pair.clientChannel.output.isEmpty {
        rounds += 1
        let bytes = tamper(pair.take(pair.clientChannel), &random)
        pair.carry(bytes, .random(in: 1...4000, using: &random), to: pair.server) {
          pair.serverEnd = pair.serverEnd ?? $1
        }
        let answer = pair.take(pair.serverChannel)
        #expect(answer.count < 8 * 1024)
        pair.carry(answer, 32 * 1024, to: pair.client) { pair.clientEnd = pair.clientEnd ?? $1 }
        if pair.server.isHandshaking == false { try? pair.send([1, 2, 3], from: pair.client) }
      }
      // Whatever has happened, the end can be told and sent to.
      pair.server.close()
      try? pair.send([1], from: pair.server)
    }
    // Nothing of it is left in the thread: the next one succeeds.
    let pair = try Pair(server, client)
    pair.exchange()
    #expect(!pair.server.isHandshaking && pair.serverEnd == nil)
  }

  private func tamper(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    switch Int.random(in: 0..<6, using: &random) {
    case 0: bytes.removeLast(.random(in: 0..<bytes.count, using: &random))
    case 1:
      for _ in 0..<3 { bytes[.random(in: 0..<bytes.count, using: &random)] ^= .random(in: 1...255, using: &random) }
    case 2: bytes += bytes
    case 3: bytes.insert(contentsOf: [0x17, 3, 3, 0, 1, 0], at: .random(in: 0...bytes.count, using: &random))
    case 4: bytes += [UInt8](repeating: .random(in: 0...255, using: &random), count: 40_000)
    default: break
    }
    return bytes
  }

  @Test("a client can't renegotiate")
  func renegotiation() throws {
    let folder = try TestFolder()
    let (context, _) = try contexts(folder)
    let channel = try TLSChannel()
    let server = try TLSSession(context, channel: channel)
    let stranger = try Stranger(version: TLS1_2_VERSION)
    let first = stranger.exchange(server, channel)
    #expect(first == 1 && !server.isHandshaking && server.version == .tls12)
    #expect(SSL_renegotiate(stranger.handle) == 1)
    #expect(stranger.exchange(server, channel) != 1)
    #expect(SSL_get_peer_finished(stranger.handle, nil, 0) > 0)
    #expect(stranger.reasons.contains(SSL_R_NO_RENEGOTIATION))
  }

  @Test("versions that are no more spoken", arguments: [TLS1_VERSION, TLS1_1_VERSION])
  func oldVersions(_ version: Int32) throws {
    let folder = try TestFolder()
    let (context, _) = try contexts(folder)
    let channel = try TLSChannel()
    let server = try TLSSession(context, channel: channel)
    let stranger = try Stranger(version: version)
    #expect(stranger.exchange(server, channel) != 1)
    #expect(server.isHandshaking)
  }

  @Test("keys are renewed as often as a client likes (TLS 1.3)")
  func keyUpdates() throws {
    let folder = try TestFolder()
    let (context, _) = try contexts(folder)
    let channel = try TLSChannel()
    let server = try TLSSession(context, channel: channel)
    let stranger = try Stranger(version: TLS1_3_VERSION)
    #expect(stranger.exchange(server, channel) == 1)
    for _ in 0..<50 {
      #expect(SSL_key_update(stranger.handle, SSL_KEY_UPDATE_REQUESTED) == 1)
      #expect(stranger.exchange(server, channel) == 1)
    }
    let bytes: [UInt8] = [7, 8]
    try server.send(bytes.span.bytes)
    stranger.take(channel)
    var buffer = [UInt8](repeating: 0, count: 10)
    var count = 0
    let result = SSL_read_ex(stranger.handle, &buffer, buffer.count, &count)
    #expect(result == 1 && buffer.prefix(count) == bytes[...])
  }
}

/// A client of the library itself, which can do what ours does not.
private final class Stranger {
  let handle: OpaquePointer
  private let context: OpaquePointer
  private let incoming: OpaquePointer
  private let outgoing: OpaquePointer
  private(set) var reasons: Set<Int32> = []

  init(version: Int32) throws {
    context = try #require(SSL_CTX_new(TLS_client_method()))
    // Old versions take old digests.
    SSL_CTX_set_security_level(context, 0)
    handle = try #require(SSL_new(context))
    _ = SSL_ctrl(handle, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(version), nil)
    _ = SSL_ctrl(handle, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(version), nil)
    incoming = try #require(BIO_new(BIO_s_mem()))
    outgoing = try #require(BIO_new(BIO_s_mem()))
    SSL_set_bio(handle, incoming, outgoing)
    SSL_set_connect_state(handle)
  }

  deinit {
    SSL_free(handle)
    SSL_CTX_free(context)
  }

  /// Goes on with the handshake, until neither end has anything to say.
  /// - Returns: what the library has said last.
  func exchange(_ server: TLSSession, _ channel: TLSChannel) -> Int32 {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      ERR_clear_error()
      let result = SSL_do_handshake(handle)
      if result != 1, SSL_get_error(handle, result) == SSL_ERROR_SSL {
        reasons.insert(Int32(ERR_peek_error() & 0x7F_FFFF))
      }
      var bytes = [UInt8](repeating: 0, count: 32 * 1024)
      let count = Int(BIO_read(outgoing, &bytes, Int32(bytes.count)))
      if count > 0 { _ = bytes[..<count].withUnsafeBytes { server.receive($0, into: buffer) } }
      if count <= 0, channel.output.isEmpty { return result }
      take(channel)
    }
  }

  /// Is given what the server has to say.
  func take(_ channel: TLSChannel) {
    BIO_write(incoming, channel.output, Int32(channel.output.count))
    channel.output = []
  }
}
