import COpenSSL

/// Where the sessions of one loop read from and write to while they are called: one for all of them, so that a session
/// that waits holds no buffer and no BIO of its own. One thread at a time uses it.
package final class TLSChannel {
  /// What is to be sent to the peer of the session that was called last. Whoever calls a session empties it.
  package var output: [UInt8] = []
  let bio: OpaquePointer
  private var input = UnsafeRawBufferPointer(start: nil, count: 0)

  package init() throws(TLSError) {
    guard let method = Self.method, let bio = BIO_new(method) else {
      throw TLSError(.library, reasonAfter: "OpenSSL can't begin")
    }
    self.bio = bio
    BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    BIO_set_init(bio, 1)
  }

  deinit { BIO_free(bio) }

  /// Gives a session's input while `body` runs.
  func feeding<Result>(_ input: UnsafeRawBufferPointer, _ body: () -> Result) -> Result {
    self.input = input
    defer { self.input = UnsafeRawBufferPointer(start: nil, count: 0) }
    return body()
  }

  /// How much of the input was not read yet, in bytes.
  var unread: Int { input.count }

  // Made once, and only read afterwards.
  nonisolated(unsafe) private static let method: OpaquePointer? = {
    guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "skein") else { return nil }
    BIO_meth_set_read(method) { bio, target, count in
      guard let bio, let target, let channel = channel(bio) else { return -1 }
      openssl_want_nothing(bio)
      let count = min(Int(count), channel.input.count)
      guard count > 0, let source = channel.input.baseAddress else {
        openssl_want_read(bio)
        return -1
      }
      UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: count)
      channel.input = UnsafeRawBufferPointer(rebasing: channel.input[count...])
      return Int32(count)
    }
    BIO_meth_set_write(method) { bio, source, count in
      guard let bio, let source, let channel = channel(bio) else { return -1 }
      openssl_want_nothing(bio)
      channel.output.append(contentsOf: UnsafeRawBufferPointer(start: source, count: Int(count)))
      return count
    }
    BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
    return method
  }()

  private static func channel(_ bio: OpaquePointer) -> TLSChannel? {
    BIO_get_data(bio).map { Unmanaged<TLSChannel>.fromOpaque($0).takeUnretainedValue() }
  }
}
