import Glibc

/// The folder that holds what the program brings beside itself: Public, Migrations, docs.
enum Home {
  /// - Parameter given: a setting; where it is empty the folder is looked for: here, then above the program.
  static func find(_ given: String) throws(UsageError) -> String {
    if !given.isEmpty {
      guard isHome(given) else { throw UsageError(message: "\(given) has no folder Migrations") }
      return given
    }
    if isHome(".") { return "." }
    var folder = program()
    while let slash = folder.lastIndex(of: "/") {
      folder = String(folder[..<slash])
      if isHome(folder) { return folder }
    }
    throw UsageError(message: "the folder with Migrations and Public is not found; name it with --home")
  }

  private static func isHome(_ folder: String) -> Bool { access(folder + "/Migrations", R_OK) == 0 }

  private static func program() -> String {
    guard let path = realpath("/proc/self/exe", nil) else { return "" }
    defer { free(path) }
    return String(cString: path)
  }
}
