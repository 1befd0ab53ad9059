import CSodium
import Glibc

/// A numbered SQL file: `0001_sessions.sql`.
struct Migration: Equatable {
  let number: Int
  /// The file's name.
  let name: String
  let sql: String
  /// SHA-256 of the file.
  let digest: [UInt8]

  init(number: Int, name: String, sql: [UInt8]) {
    self.number = number
    self.name = name
    self.sql = String(decoding: sql, as: UTF8.self)
    digest = Self.digest(of: sql)
  }

  /// Reads a folder's migrations in order.
  static func read(folder: String) throws(MigrationError) -> [Migration] {
    guard let directory = opendir(folder) else {
      throw MigrationError("the folder of migrations \(folder) can't be read: \(String(cString: strerror(errno)))")
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(".sql") { names.append(name) }
    }
    var migrations: [Migration] = []
    for name in names.sorted() {
      guard let number = number(of: name) else {
        throw MigrationError("\(name) is no name of a migration: expected four digits, _, a name, .sql")
      }
      let sql = try content(of: "\(folder)/\(name)")
      guard String(validating: sql, as: UTF8.self) != nil, !sql.contains(0) else {
        throw MigrationError("\(name) is not UTF-8 text")
      }
      migrations.append(Migration(number: number, name: name, sql: sql))
    }
    for (index, migration) in migrations.enumerated() where migration.number != index + 1 {
      if index > 0, migrations[index - 1].number == migration.number {
        throw MigrationError("\(migrations[index - 1].name) and \(migration.name) have the same number")
      }
      throw MigrationError("a migration is missing: \(migration.name) comes where number \(index + 1) is expected")
    }
    return migrations
  }

  private static func number(of name: String) -> Int? {
    let parts = name.split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count == 4, parts[0].utf8.allSatisfy({ (48...57).contains($0) }),
      parts[1].utf8.count > ".sql".utf8.count
    else { return nil }
    return Int(parts[0])
  }

  private static func content(of path: String) throws(MigrationError) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw MigrationError("\(path) can't be read: \(String(cString: strerror(errno)))") }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(file, &buffer, buffer.count)
      if count < 0 { throw MigrationError("\(path) can't be read: \(String(cString: strerror(errno)))") }
      if count == 0 { return bytes }
      bytes.append(contentsOf: buffer[..<count])
    }
  }

  private static let isReady = sodium_init() >= 0

  private static func digest(of bytes: [UInt8]) -> [UInt8] {
    precondition(isReady, "libsodium can't work on this system")
    var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
    crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
    return digest
  }
}
