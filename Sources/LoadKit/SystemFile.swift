import Glibc

/// Files, without Foundation.
package enum SystemFile {
  /// A file's text, of the kernel's files without a size too; nil where it can't be read.
  package static func text(_ path: String) -> String? {
    let fd = open(path, O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else { return nil }
    defer { close(fd) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    while true {
      let count = read(fd, &buffer, buffer.count)
      guard count > 0 else { return count == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
      bytes.append(contentsOf: buffer[..<count])
    }
  }

  /// Writes a file anew.
  package static func write(_ text: String, to path: String) throws(LoadError) {
    let bytes = Array(text.utf8)
    let fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard fd >= 0 else { throw LoadError("\(path) can't be written: \(String(cString: strerror(errno)))") }
    defer { close(fd) }
    guard Glibc.write(fd, bytes, bytes.count) == bytes.count else { throw LoadError("\(path) can't be written whole") }
  }

  /// Every process that there is.
  static func processes() -> [Int32] { names(in: "/proc").compactMap { Int32($0) } }

  /// The threads of a process.
  static func threads(of process: Int32) -> [Int32] { names(in: "/proc/\(process)/task").compactMap { Int32($0) } }

  /// Removes a folder with all that is in it, as far as that is allowed.
  package static func removeFolder(_ path: String) {
    for name in names(in: path) {
      let entry = path + "/" + name
      var status = stat()
      guard lstat(entry, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR { removeFolder(entry) } else { unlink(entry) }
    }
    rmdir(path)
  }

  private static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var found: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { found.append(name) }
    }
    return found
  }
}
