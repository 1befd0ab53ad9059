import COpenSSL
import Glibc
import ProxyWire

/// The certificate of a MySQL server, which it shows as soon as a client asks for TLS, before any name or password is
/// sent: fetched on a connection of its own.
///
/// The messages are those of MySQL's protocol, version 10: a greeting, and the request for TLS.
struct ServerCertificate {
  /// SHA-1 of it, in hexadecimal digits: what the client library compares.
  let fingerprint: String

  /// The bits of a client's and a server's abilities.
  private enum Ability {
    static let tls: UInt32 = 1 << 11
    static let requested: UInt32 = 1 << 9 | tls | 1 << 15 | 1 << 19
  }
  private static let utf8mb4: UInt8 = 45
  private static let longestGreeting = 4096

  /// Waits for the server on the caller's thread.
  /// - Throws: where it can't be reached, has no TLS, or, where it is to be verified, has no certificate that is good for
  ///   the target's host.
  init(_ target: MySQLTarget, milliseconds: UInt64, guardian: SocketGuard) throws(MySQLError) {
    let socket = try Self.connect(target, milliseconds)
    guardian.hold(socket)
    defer {
      guardian.release()
      close(socket)
    }
    try Self.askForTLS(socket)
    fingerprint = try Self.certificate(socket, target)
  }

  // MARK: Before TLS

  private static func connect(_ target: MySQLTarget, _ milliseconds: UInt64) throws(MySQLError) -> Int32 {
    let isIPv4 = target.address.isIPv4
    let file = socket(isIPv4 ? AF_INET : AF_INET6, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard file >= 0 else { throw MySQLError(.connection, "there is no socket") }
    var limit = timeval(tv_sec: Int(milliseconds / 1000), tv_usec: Int(milliseconds % 1000) * 1000)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(file, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    var address = sockaddr_in6()
    withUnsafeMutableBytes(of: &address) { bytes in
      // Both kinds begin with their family and their port.
      bytes.storeBytes(of: sa_family_t(isIPv4 ? AF_INET : AF_INET6), as: sa_family_t.self)
      bytes.storeBytes(of: target.port.bigEndian, toByteOffset: 2, as: UInt16.self)
      bytes[(isIPv4 ? 4 : 8)...].copyBytes(from: target.address.bytes)
    }
    let size = isIPv4 ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(file, $0, socklen_t(size)) }
    }
    guard result == 0 else {
      let reason = String(cString: strerror(errno))
      close(file)
      throw MySQLError(.connection, "can't connect: \(reason)")
    }
    return file
  }

  private static func askForTLS(_ socket: Int32) throws(MySQLError) {
    let greeting = try packet(socket)
    guard greeting.first == 10, let end = greeting.dropFirst().firstIndex(of: 0), greeting.count >= end + 22 else {
      throw MySQLError(.connection, "this is no MySQL server, or it takes no connections from here")
    }
    // Behind the version: 4 bytes of a number, 8 of a scramble, 1 of nothing, and the lower half of the abilities.
    let abilities = UInt32(greeting[end + 14]) | UInt32(greeting[end + 15]) << 8
    guard abilities & Ability.tls != 0 else { throw MySQLError(.connection, "the server does not speak TLS") }
    var message: [UInt8] = [32, 0, 0, 1]
    for shift in [0, 8, 16, 24] as [UInt32] { message.append(UInt8(truncatingIfNeeded: Ability.requested >> shift)) }
    message += [0, 0, 0, 1, utf8mb4]
    message += [UInt8](repeating: 0, count: 23)
    guard send(socket, message, message.count, Int32(MSG_NOSIGNAL)) == message.count else {
      throw MySQLError(.connection, "the connection was lost")
    }
  }

  private static func packet(_ socket: Int32) throws(MySQLError) -> [UInt8] {
    let header = try bytes(4, socket)
    let count = Int(header[0]) | Int(header[1]) << 8 | Int(header[2]) << 16
    guard count <= longestGreeting else { throw MySQLError(.connection, "this is no MySQL server") }
    return try bytes(count, socket)
  }

  private static func bytes(_ count: Int, _ socket: Int32) throws(MySQLError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard recv(socket, &bytes, count, Int32(MSG_WAITALL)) == count else {
      throw MySQLError(.connection, "the server did not answer as a MySQL server does")
    }
    return bytes
  }

  // MARK: TLS

  private static func certificate(_ socket: Int32, _ target: MySQLTarget) throws(MySQLError) -> String {
    ERR_clear_error()
    guard let context = SSL_CTX_new(TLS_client_method()) else { throw MySQLError(.connection, "there is no TLS here") }
    defer { SSL_CTX_free(context) }
    if case .verified(let authorities) = target.tls {
      SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
      guard SSL_CTX_load_verify_file(context, authorities) == 1 else {
        throw MySQLError(.connection, "the authorities of \(authorities) can't be read")
      }
    }
    guard let session = SSL_new(context) else { throw MySQLError(.connection, "there is no TLS here") }
    defer { SSL_free(session) }
    let isAddress = IPAddress(target.host) != nil
    let isNamed =
      isAddress
      ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), target.host) : SSL_set1_host(session, target.host)
    // No name is told (SNI), as the library tells none: it is to be shown the same certificate.
    guard isNamed == 1, SSL_set_fd(session, socket) == 1, SSL_connect(session) == 1 else {
      let result = SSL_get_verify_result(session)
      let reason = result == X509_V_OK ? "no TLS" : String(cString: X509_verify_cert_error_string(result))
      throw MySQLError(.connection, "the server's certificate is not accepted: \(reason)")
    }
    guard let certificate = SSL_get1_peer_certificate(session) else {
      throw MySQLError(.connection, "the server has no certificate")
    }
    defer { X509_free(certificate) }
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    guard X509_digest(certificate, EVP_sha1(), &digest, &count) == 1 else {
      throw MySQLError(.connection, "the server's certificate can't be read")
    }
    let digits = Array("0123456789ABCDEF")
    return String(digest.prefix(Int(count)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
