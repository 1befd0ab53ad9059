import Glibc

/// The file in which a server that nobody has given a secret key keeps its own. Only its user may read it.
package struct SealingKeyFile: Sendable {
  package let path: String

  package init(_ path: String) { self.path = path }

  /// The keys; a first one is made where there is no file. Of several who make it at once all get the same.
  package func keys() throws(SealingError) -> SealingKeys {
    if let keys = try read() { return keys }
    let first = SealingKeys([try SealingKey.random(version: 1)])
    let temporary = try write(first)
    defer { unlink(temporary) }
    // A link, other than a renaming, takes nobody's place.
    if link(temporary, path) == 0 { return first }
    guard errno == EEXIST, let keys = try read() else { throw Self.failure("\(path) can't be made") }
    return keys
  }

  /// Adds the next version, and forgets those before the one that is current until then.
  /// - Returns: what is current from now on.
  @discardableResult
  package func advance() throws(SealingError) -> Int {
    let present = try keys()
    let next = try SealingKey.random(version: present.current.version + 1)
    let temporary = try write(SealingKeys([next, present.current]))
    guard rename(temporary, path) == 0 else {
      let failure = Self.failure("\(path) can't be changed")
      unlink(temporary)
      throw failure
    }
    return next.version
  }

  /// Nil where there is no file.
  private func read() throws(SealingError) -> SealingKeys? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else {
      if errno == ENOENT { return nil }
      throw Self.failure("\(path) can't be read")
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & 0o077 == 0 else {
      throw .file("\(path) can be read by others: chmod 600, and see that nobody has (skein rotate-key)")
    }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = Glibc.read(file, &bytes, bytes.count)
    guard count >= 0 else { throw Self.failure("\(path) can't be read") }
    let text = String(decoding: bytes.prefix(count), as: UTF8.self)
    return try SealingKeys(text.hasSuffix("\n") ? String(text.dropLast()) : text)
  }

  /// Writes them to a file beside it, which is on the disk when this returns.
  private func write(_ keys: SealingKeys) throws(SealingError) -> String {
    var template = Array((path + ".XXXXXX").utf8CString)
    // mkstemp makes files that only their user may read.
    let file = mkstemp(&template)
    guard file >= 0 else { throw Self.failure("\(path) can't be made") }
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    defer { close(file) }
    let text = Array((keys.text + "\n").utf8)
    let temporary = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    guard Glibc.write(file, text, text.count) == text.count, fsync(file) == 0 else {
      let failure = Self.failure("\(path) can't be written")
      unlink(temporary)
      throw failure
    }
    return temporary
  }

  private static func failure(_ what: String) -> SealingError { .file("\(what): \(String(cString: strerror(errno)))") }
}
