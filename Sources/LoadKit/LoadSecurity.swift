import TLSEngine

/// TLS for the clients of one engine.
final class LoadSecurity {
  let channel: TLSChannel
  /// What has come for a client, still encrypted.
  let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 64)
  private let context: TLSClientContext
  private let resumes: Bool
  /// What the next client at an index resumes. A ticket is used once (RFC 8446 section C.4).
  private var resumptions: [Int: TLSResumption] = [:]

  init(resumes: Bool) throws(TLSError) {
    channel = try TLSChannel()
    // The server's certificate is its own affair here: it is measured, not trusted with anything.
    context = try TLSClientContext(roots: nil)
    self.resumes = resumes
  }

  deinit { input.deallocate() }

  /// A session for the client at an index. Its first bytes are in the channel's output.
  func begin(_ index: Int) throws(TLSError) -> TLSSession {
    let resumption = resumptions.removeValue(forKey: index)
    return try TLSSession(context, channel: channel, host: "", resuming: resumption)
  }

  /// Keeps what the next client at the index needs to resume a session.
  func keep(_ session: TLSSession, for index: Int) {
    if resumes { resumptions[index] = session.resumption }
  }
}
