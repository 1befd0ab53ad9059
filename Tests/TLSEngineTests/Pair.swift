import SkeinTestKit
import TLSEngine
import Testing

/// A client and a server that are given each other's bytes.
final class Pair {
  let clientChannel: TLSChannel
  let serverChannel: TLSChannel
  let client: TLSSession
  let server: TLSSession
  /// What each end has received.
  var atClient: [UInt8] = []
  var atServer: [UInt8] = []
  var clientEnd: TLSSession.End?
  var serverEnd: TLSSession.End?
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)

  init(
    _ context: TLSContext, _ clientContext: TLSClientContext, host: String = "localhost",
    protocols: [String] = ["http/1.1"], resuming: TLSResumption? = nil
  ) throws {
    clientChannel = try TLSChannel()
    serverChannel = try TLSChannel()
    server = try TLSSession(context, channel: serverChannel)
    client = try TLSSession(
      clientContext, channel: clientChannel, host: host, protocols: protocols, resuming: resuming)
  }

  deinit { buffer.deallocate() }

  /// Carries bytes to and fro until there are none left.
  /// - Parameter piece: the most bytes that arrive at once.
  func exchange(piece: Int = 32 * 1024) {
    while !clientChannel.output.isEmpty || !serverChannel.output.isEmpty {
      let toServer = take(clientChannel)
      carry(toServer, piece, to: server) {
        atServer += $0; serverEnd = serverEnd ?? $1
      }
      let toClient = take(serverChannel)
      carry(toClient, piece, to: client) {
        atClient += $0; clientEnd = clientEnd ?? $1
      }
    }
  }

  func take(_ channel: TLSChannel) -> [UInt8] {
    defer { channel.output = [] }
    return channel.output
  }

  func carry(
    _ bytes: [UInt8], _ piece: Int, to session: TLSSession, _ note: ([UInt8], TLSSession.End?) -> Void
  ) {
    var start = 0
    while start < bytes.count {
      let end = min(start + piece, bytes.count)
      let received = bytes[start..<end].withUnsafeBytes { session.receive($0, into: buffer) }
      note(Array(buffer[..<received.count]), received.end)
      start = end
    }
  }

  func send(_ bytes: [UInt8], from session: TLSSession) throws {
    try session.send(bytes.span.bytes)
  }
}

/// Contexts of one certificate.
func contexts(
  _ folder: TestFolder, hosts: [String] = ["localhost"], kind: TestCertificate.Kind = .p256,
  minimum: TLSVersion = .tls12, maximum: TLSVersion = .tls13, tickets: TLSTicketKeys = TLSTicketKeys()
) throws -> (server: TLSContext, client: TLSClientContext) {
  let certificate = try TestCertificate(in: folder.path, hosts: hosts, kind: kind)
  var configuration = TLSContext.Configuration(certificates: [certificate.files])
  configuration.minimum = minimum
  return (
    try TLSContext(configuration, tickets: tickets),
    try TLSClientContext(roots: certificate.files.certificate, maximum: maximum)
  )
}
