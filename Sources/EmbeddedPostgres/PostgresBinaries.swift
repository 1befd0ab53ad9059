import Glibc

/// PostgreSQL's own programs on this machine.
struct PostgresBinaries {
  let folder: String

  var postgres: String { folder + "/postgres" }
  var initdb: String { folder + "/initdb" }

  /// Where Debian puts each major version.
  private static let debian = "/usr/lib/postgresql"

  /// - Parameters:
  ///   - wanted: the folder by setting.
  ///   - version: the major version that made the data folder; nil takes the newest.
  static func find(wanted: String?, version: String?) throws(EmbeddedPostgresError) -> PostgresBinaries {
    if let wanted {
      guard isComplete(wanted) else {
        throw EmbeddedPostgresError(.missing, "there is no postgres and initdb in \(wanted)")
      }
      return PostgresBinaries(folder: wanted)
    }
    if let version, isComplete("\(debian)/\(version)/bin") {
      return PostgresBinaries(folder: "\(debian)/\(version)/bin")
    }
    let path = getenv("PATH").map { String(cString: $0) } ?? ""
    let newest = Folder.names(in: debian).compactMap { Int($0) }.sorted(by: >).map { "\(debian)/\($0)/bin" }
    for folder in path.split(separator: ":").map(String.init) + newest where isComplete(folder) {
      if let version, major(of: folder) != version { continue }
      return PostgresBinaries(folder: folder)
    }
    if let version {
      throw EmbeddedPostgresError(
        .missing,
        "the data folder was made by PostgreSQL \(version), which is not installed: install postgresql-\(version)")
    }
    throw EmbeddedPostgresError(
      .missing, "PostgreSQL is not installed: install the package postgresql, or set the database URL")
  }

  private static func isComplete(_ folder: String) -> Bool {
    access(folder + "/postgres", X_OK) == 0 && access(folder + "/initdb", X_OK) == 0
  }

  private static func major(of folder: String) -> String? {
    // "postgres (PostgreSQL) 15.4 (...)"
    guard let output = try? PostgresProgram.run([folder + "/postgres", "--version"], as: nil).output,
      let version = output.split(separator: " ").dropFirst(2).first
    else { return nil }
    return String(version.prefix { $0.isNumber })
  }
}
