import Glibc

/// A text file of an operator's.
enum SmallFile {
  /// The most bytes that are read.
  private static let longest = 1 << 20

  /// Its text; nil where it can't be read, is too long, or is no UTF-8.
  static func read(_ path: String) -> String? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: longest + 1)
    let count = fread(&bytes, 1, bytes.count, file)
    guard count <= longest, ferror(file) == 0 else { return nil }
    return String(validating: bytes[..<count], as: UTF8.self)
  }
}
