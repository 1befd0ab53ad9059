import Glibc
package import Log

extension KnowledgeLibrary {
  /// The documents of a project's folder: README.md and every Markdown file directly in docs/. Files that can't be read,
  /// or are larger than 4 MiB, are left out with a warning.
  /// - Returns: in the order of their paths, which are relative to the folder.
  package static func documents(inFolder folder: String, log: Logger) -> [KnowledgeDocument] {
    let names = files(in: folder + "/docs").filter { $0.hasSuffix(".md") }.sorted().map { "docs/" + $0 }
    return (files(in: folder).filter { $0 == "README.md" } + names).compactMap { path in
      guard let bytes = read(folder + "/" + path) else {
        log.warning("a document could not be read", ["path": path])
        return nil
      }
      return KnowledgeDocument(path: path, markdown: bytes)
    }
  }

  private static let mostBytes = 4 * 1024 * 1024

  private static func files(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      // d_name is an array of fixed size in C; its length is what comes before the first zero.
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      names.append(name)
    }
    return names
  }

  private static func read(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "rbe") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      bytes += buffer[..<count]
      guard bytes.count <= mostBytes, ferror(file) == 0 else { return nil }
      if count < buffer.count { return bytes }
    }
  }
}
