import Glibc

/// Folders and small files.
enum Folder {
  /// Makes a folder and those above it, and returns its absolute path without symbolic links.
  static func make(_ path: String) throws(EmbeddedPostgresError) -> String {
    var made = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      made += "/" + part
      if mkdir(made, 0o755) != 0, errno != EEXIST, errno != EISDIR, errno != EROFS {
        throw EmbeddedPostgresError(.folder, "the data folder \(path) can't be made: \(reason())")
      }
    }
    guard let absolute = realpath(path, nil) else {
      throw EmbeddedPostgresError(.folder, "the data folder \(path) can't be made: \(reason())")
    }
    defer { free(absolute) }
    let result = String(cString: absolute)
    guard isFolder(result) else { throw EmbeddedPostgresError(.folder, "\(result) is not a folder") }
    guard access(result, W_OK | X_OK) == 0 else {
      throw EmbeddedPostgresError(.folder, "the data folder \(result) can't be written: \(reason())")
    }
    return result
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether the path is a folder (not a link to one) that only `owner` can enter.
  static func isPrivate(_ path: String, owner: uid_t) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && status.st_uid == owner
      && status.st_mode & 0o077 == 0
  }

  /// Makes a folder that only `owner` can enter, where it does not exist.
  static func makePrivate(_ path: String, owner: Account?) throws(EmbeddedPostgresError) {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw EmbeddedPostgresError(.folder, "the folder \(path) can't be made: \(reason())")
    }
    if let owner { chown(path, owner.uid, owner.gid) }
    chmod(path, 0o700)
  }

  /// The names in a folder; none where it can't be read.
  static func names(in path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Removes a folder and all in it.
  static func remove(_ path: String) {
    _ = try? PostgresProgram.run(["/bin/rm", "-rf", "--", path], as: nil)
  }

  /// A small file's text; nil where it can't be read.
  static func text(_ path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return text(of: file)
  }

  /// What a descriptor holds from its present place on.
  static func text(of file: Int32) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(file, &buffer, buffer.count)
      if count <= 0 { break }
      bytes.append(contentsOf: buffer[..<count])
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Writes a small file, whole or not at all.
  static func write(_ text: String, to path: String) throws(EmbeddedPostgresError) {
    var text = text
    let temporary = path + ".new"
    let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    let isWritten = file >= 0 && text.withUTF8 { Glibc.write(file, $0.baseAddress, $0.count) == $0.count }
    if file >= 0 { close(file) }
    guard isWritten, rename(temporary, path) == 0 else {
      throw EmbeddedPostgresError(.folder, "\(path) can't be written: \(reason())")
    }
  }

  static func reason() -> String { String(cString: strerror(errno)) }
}

/// A user of the system.
struct Account {
  let name: String
  let uid: uid_t
  let gid: gid_t

  init?(_ name: String) {
    guard let entry = getpwnam(name) else { return nil }
    self.name = name
    uid = entry.pointee.pw_uid
    gid = entry.pointee.pw_gid
  }
}
