import COpenSSL
import Glibc

/// What OpenSSL asks while it shakes hands.
extension TLSContext {
  /// The one protocol that is spoken inside (RFC 7301 section 6).
  private static let http11: StaticString = "http/1.1"

  func setCallbacks(_ handle: OpaquePointer) {
    // Sessions hold the context as long as they live, so that it is there when they ask.
    let owner = Unmanaged.passUnretained(self).toOpaque()
    SSL_CTX_set_alpn_select_cb(handle, { TLSContext.selectProtocol($1, $2, $3, $4, $5) }, nil)
    openssl_set_name_callback(handle, { session, _, owner in TLSContext.selectCertificate(session, owner) }, owner)

    openssl_set_session_cache(handle, Int(SSL_SESS_CACHE_OFF))
    SSL_CTX_set_timeout(handle, Int(2 * tickets.period))
    SSL_CTX_set_num_tickets(handle, 1)
    let scope = Array("skein".utf8)
    SSL_CTX_set_session_id_context(handle, scope, UInt32(scope.count))
    openssl_set_ticket_callback(
      handle,
      { session, name, start, cipher, mac, isNew in
        guard let session, let name, let start, let owner = openssl_ticket_owner(session) else { return -1 }
        let context = Unmanaged<TLSContext>.fromOpaque(owner).takeUnretainedValue()
        return isNew == 1
          ? context.seal(name, start, cipher, mac)
          : context.open(UnsafePointer(name), start, cipher, mac, version: SSL_version(session))
      }, owner)
  }

  /// A client that offers protocols but not ours is refused (RFC 7301 section 3.2).
  private static func selectProtocol(
    _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ chosenCount: UnsafeMutablePointer<UInt8>?,
    _ offers: UnsafePointer<UInt8>?, _ count: UInt32, _: UnsafeMutableRawPointer?
  ) -> Int32 {
    guard let offers, let chosen, let chosenCount else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    let wanted = http11.utf8CodeUnitCount
    var place = 0
    while place < Int(count) {
      let length = Int(offers[place])
      if length == wanted, place + length < Int(count), memcmp(offers + place + 1, http11.utf8Start, wanted) == 0 {
        chosen.pointee = offers + place + 1
        chosenCount.pointee = UInt8(wanted)
        return SSL_TLSEXT_ERR_OK
      }
      place += 1 + length
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
  }

  /// Server Name Indication (RFC 6066 section 3). Who names no host of ours sees the first certificate.
  private static func selectCertificate(_ session: OpaquePointer?, _ owner: UnsafeMutableRawPointer?) -> Int32 {
    guard let owner, let name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name) else {
      return SSL_TLSEXT_ERR_NOACK
    }
    let context = Unmanaged<TLSContext>.fromOpaque(owner).takeUnretainedValue()
    guard let handle = context.names[String(cString: name)] else { return SSL_TLSEXT_ERR_OK }
    if handle != SSL_get_SSL_CTX(session) { SSL_set_SSL_CTX(session, handle) }
    return SSL_TLSEXT_ERR_OK
  }

  // MARK: Tickets

  private func seal(
    _ name: UnsafeMutablePointer<UInt8>, _ start: UnsafeMutablePointer<UInt8>, _ cipher: OpaquePointer?,
    _ mac: OpaquePointer?
  ) -> Int32 {
    guard let key = tickets.current(), RAND_bytes(start, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1 else {
      return -1
    }
    name.update(from: key.bytes, count: TLSTicketKeys.Key.nameCount)
    return withExtendedLifetime(key) {
      EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nil, key.cipherKey, start) == 1
        && openssl_ticket_mac(mac, key.authenticationKey, key.authenticationCount) == 1 ? 1 : -1
    }
  }

  /// - Returns: 0 for a whole handshake, 1 for a resumption, 2 for one with a new ticket.
  private func open(
    _ name: UnsafePointer<UInt8>, _ start: UnsafeMutablePointer<UInt8>, _ cipher: OpaquePointer?, _ mac: OpaquePointer?,
    version: Int32
  ) -> Int32 {
    guard let (key, isCurrent) = tickets.find(name) else { return 0 }
    return withExtendedLifetime(key) {
      guard openssl_ticket_mac(mac, key.authenticationKey, key.authenticationCount) == 1,
        EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nil, key.cipherKey, start) == 1
      else { return -1 }
      // A client of TLS 1.3 uses a ticket once (RFC 8446 section C.4): without a new one it could not come again.
      return isCurrent && version < TLS1_3_VERSION ? 1 : 2
    }
  }
}
