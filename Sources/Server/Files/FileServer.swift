package import Transport
package import HTTPWire
import Glibc
import Synchronization

/// Serves the files of a folder by GET and HEAD, from memory; a file that has changed is read again. Nothing outside the
/// folder can be reached: not by `..`, not by an escaped slash, not by a symbolic link.
package final class FileServer: Sendable {
  /// The real path of the folder; nil where there is none.
  private let folder: String?
  /// The names at its top that may be asked for; nil: all.
  private let visible: Set<String>?
  private let cached = Mutex<[String: StaticFile]>([:])
  /// The largest file that is served, in bytes.
  private static let mostBytes = 16 * 1024 * 1024

  /// - Parameters:
  ///   - folder: its path.
  ///   - visible: the names at its top that may be asked for; nil: all.
  package init(folder: String, only visible: Set<String>? = nil) {
    self.folder = Self.realPath(folder)
    self.visible = visible
  }

  /// The answer to a request for a file.
  package func respond(to request: HTTPRequestHead) -> HTTPResponse {
    guard request.method == .get || request.method == .head else {
      var response = HTTPResponse.problem(.methodNotAllowed, "files are read by GET")
      response.head.add("Allow", "GET, HEAD")
      return response
    }
    guard var segments = request.pathSegments, !segments.contains(where: { $0.hasPrefix(".") }) else {
      return .problem(.notFound, "there is nothing here")
    }
    if let visible, !visible.contains(segments[0]) { return .problem(.notFound, "there is nothing here") }
    if segments.last == "" { segments[segments.count - 1] = "index.html" }
    guard let file = file(segments.joined(separator: "/")) else { return .problem(.notFound, "there is nothing here") }
    return FileResponse(file, request).response
  }

  private func file(_ path: String) -> StaticFile? {
    guard let folder, let real = Self.realPath("\(folder)/\(path)"), real.hasPrefix(folder + "/") else { return nil }
    var status = stat()
    guard stat(real, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= Self.mostBytes else {
      return nil
    }
    // Of its own time the file has nanoseconds: it may change twice within a second.
    let stamp = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    if let known = cached.withLock({ $0[real] }), known.stamp == stamp, known.bytes.count == status.st_size {
      return known
    }
    guard let bytes = Self.read(real, count: Int(status.st_size)) else { return nil }
    let file = StaticFile(name: path, bytes: bytes, stamp: stamp)
    cached.withLock { $0[real] = file }
    return file
  }

  private static func realPath(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  private static func read(_ path: String, count: Int) -> [UInt8]? {
    guard let file = fopen(path, "rbe") else { return nil }
    defer { fclose(file) }
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = fread(buffer.baseAddress, 1, count, file)
    }
  }
}
