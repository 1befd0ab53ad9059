import Glibc
import Log

/// Where things are in a data folder, and as whom PostgreSQL works there.
struct DataLayout {
  /// The server's data folder, absolute.
  let data: String
  /// PostgreSQL's own data folder, absolute and without links.
  let cluster: String
  /// Where its socket goes.
  let socketFolder: String
  let logFile: String
  /// As whom PostgreSQL runs, where we are root; nil as ourselves.
  let account: Account?

  /// Where a cluster goes that PostgreSQL's user could not reach in the data folder.
  private static let elsewhere = "/var/lib/skein"
  /// sun_path of a Unix socket's address, with the final zero.
  private static let longestSocket = 107

  init(data: String, options: EmbeddedOptions, log: Logger) throws(EmbeddedPostgresError) {
    self.data = try Folder.make(data)
    logFile = self.data + "/postgres.log"
    if geteuid() == 0 {
      guard let account = Account(options.user) else {
        throw EmbeddedPostgresError(
          .missing, "PostgreSQL can't run as root, and there is no user \(options.user) to run it as")
      }
      self.account = account
    } else {
      account = nil
    }
    cluster = try Self.clusterFolder(self.data, account, log)
    socketFolder = try Self.socketFolder(self.data, account)
  }

  /// `postgres` in the data folder; or, where a folder above is closed to PostgreSQL's user, as below /root, a link there
  /// to a folder that is not.
  private static func clusterFolder(
    _ data: String, _ account: Account?, _ log: Logger
  ) throws(EmbeddedPostgresError) -> String {
    let path = data + "/postgres"
    if let linked = realpath(path, nil) {
      defer { free(linked) }
      let target = String(cString: linked)
      if target != path { return target }
    }
    guard let account, !(try canEnter(data, account)) else { return path }
    if access(path, F_OK) == 0 {
      throw EmbeddedPostgresError(
        .folder,
        "the user \(account.name), as whom PostgreSQL runs, can't reach \(path): a folder above is closed to it")
    }
    var template = Array((elsewhere + "/data-XXXXXX").utf8CString)
    mkdir(elsewhere, 0o755)
    guard mkdtemp(&template) != nil else {
      throw EmbeddedPostgresError(
        .folder,
        "\(data) is closed to the user \(account.name), as whom PostgreSQL runs, and \(elsewhere) can't be written: "
          + Folder.reason())
    }
    let target = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    // The cluster is made in a folder of its own there, so that this one only has to be passed through.
    chmod(target, 0o711)
    unlink(path)
    guard symlink(target + "/postgres", path) == 0 else {
      throw EmbeddedPostgresError(.folder, "\(path) can't be made: \(Folder.reason())")
    }
    log.warning(
      "the data folder is closed to PostgreSQL's user, so the database is kept elsewhere",
      ["folder": data, "database": target])
    return target + "/postgres"
  }

  private static func canEnter(_ folder: String, _ account: Account) throws(EmbeddedPostgresError) -> Bool {
    func isOpen() throws(EmbeddedPostgresError) -> Bool {
      try PostgresProgram.run(["/usr/bin/test", "-x", folder], as: account.name).status == 0
    }
    if try isOpen() { return true }
    var status = stat()
    // Our own folder may be entered, though not read, by others: what is in it guards itself.
    if stat(folder, &status) == 0, status.st_uid == geteuid() { chmod(folder, status.st_mode & 0o7777 | 0o011) }
    return try isOpen()
  }

  private static func socketFolder(_ data: String, _ account: Account?) throws(EmbeddedPostgresError) -> String {
    let folder = data + "/run"
    let isReachable = try account.map { account throws(EmbeddedPostgresError) in try canEnter(data, account) } ?? true
    if isReachable, EmbeddedPostgres.socket(in: folder).utf8.count <= longestSocket {
      try Folder.makePrivate(folder, owner: account)
      return folder
    }
    // The path is too long for a socket, or closed: a folder in /tmp, remembered for the next start.
    let record = data + "/run.path"
    let owner = account?.uid ?? geteuid()
    if let known = Folder.text(record), Folder.isPrivate(known, owner: owner) { return known }
    var template = Array("/tmp/skein-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw EmbeddedPostgresError(
        .folder, "a folder for the database's socket can't be made in /tmp: \(Folder.reason())")
    }
    let made = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    try Folder.makePrivate(made, owner: account)
    try Folder.write(made, to: record)
    return made
  }
}
