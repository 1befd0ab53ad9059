import Glibc
package import Reactor

/// Folders that a test makes for itself.
package enum TemporaryFolder {
  /// Makes a new folder that everybody may pass through; the caller removes it.
  /// - Returns: its path without links.
  package static func make(_ name: String) throws(SystemError) -> String {
    var template = Array("/tmp/\(name)-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
    chmod(&template, 0o755)
    guard let path = realpath(&template, nil) else { throw SystemError("realpath") }
    defer { free(path) }
    return String(cString: path)
  }

  /// Removes a folder and all in it, following no links.
  package static func remove(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    if status.st_mode & S_IFMT == S_IFDIR, let folder = opendir(path) {
      var names: [String] = []
      while let entry = readdir(folder) {
        names.append(
          withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
      }
      closedir(folder)
      for name in names where name != "." && name != ".." { remove("\(path)/\(name)") }
    }
    Glibc.remove(path)
  }

  /// Writes a file.
  package static func write(_ text: String, to path: String) throws(SystemError) {
    guard let file = fopen(path, "w") else { throw SystemError("fopen") }
    fputs(text, file)
    fclose(file)
  }
}
