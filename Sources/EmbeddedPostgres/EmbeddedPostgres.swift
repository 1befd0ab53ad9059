import Glibc
package import Log
import Synchronization

/// A private PostgreSQL in the server's data folder, reached by a Unix socket that only its owner can open.
///
/// `start` and `stop` block: they run before and after the loops. Several servers may share one data folder on one
/// machine: the first starts PostgreSQL, the last one stops it. Where a server is killed PostgreSQL lives on, and the
/// next server uses it.
package final class EmbeddedPostgres: Sendable {
  /// Names the socket; nothing listens on a TCP port.
  static let port = 5432
  private static let name = "skein"

  /// A `postgresql://` URI of the database `skein`, for libpq.
  package let url: String
  /// PostgreSQL's own log.
  package let logFile: String

  private let layout: DataLayout
  private let options: EmbeddedOptions
  let log: Logger
  /// Held shared by every server that uses the data folder.
  private let users: FileLock
  private let isStopped = Mutex(false)

  var hasStopped: Bool { isStopped.withLock { $0 } }

  /// Makes the data folder where it is new, and PostgreSQL run where it does not.
  /// - Parameter data: the server's data folder.
  package static func start(
    data: String, options: EmbeddedOptions = EmbeddedOptions(), log: Logger
  ) throws(EmbeddedPostgresError) -> EmbeddedPostgres {
    let layout = try DataLayout(data: data, options: options, log: log)
    // Starting and stopping take turns; using does not.
    let turn = try FileLock(layout.data + "/start.lock")
    guard turn.exclude(timeout: options.startTimeout) else {
      throw EmbeddedPostgresError(.server, "another server has been starting in \(layout.data) for too long")
    }
    defer { turn.release() }
    let users = try FileLock(layout.data + "/users.lock")
    let cluster = try Cluster(layout: layout, options: options, log: log)
    let socketFolder = try cluster.run().socketFolder
    guard users.share() else {
      throw EmbeddedPostgresError(.server, "the lock in \(layout.data) can't be taken")
    }
    return EmbeddedPostgres(layout, options: options, log: log, users: users, socketFolder: socketFolder)
  }

  private init(
    _ layout: DataLayout, options: EmbeddedOptions, log: Logger, users: FileLock, socketFolder: String
  ) {
    self.layout = layout
    self.options = options
    self.log = log
    self.users = users
    logFile = layout.logFile
    url = Self.url(database: Self.name, socketFolder: socketFolder)
  }

  /// Stops PostgreSQL and waits for its end, unless another server uses it still.
  package func stop() throws(EmbeddedPostgresError) {
    let isFirst = isStopped.withLock { stopped in
      defer { stopped = true }
      return !stopped
    }
    guard isFirst else { return }
    let turn = try FileLock(layout.data + "/start.lock")
    guard turn.exclude(timeout: options.stopTimeout) else {
      throw EmbeddedPostgresError(.server, "another server has been starting in \(layout.data) for too long")
    }
    defer { turn.release() }
    guard users.exclude() else {
      users.release()
      log.info("PostgreSQL goes on for another server", ["folder": layout.data])
      return
    }
    defer { users.release() }
    try Cluster.stop(layout, timeout: options.stopTimeout)
    log.info("PostgreSQL stopped", ["folder": layout.data])
  }

  /// Starts PostgreSQL again where it is gone, as after a crash. Blocks while it recovers: not for a loop's thread.
  /// - Returns: whether it had to be started.
  @discardableResult
  package func revive() throws(EmbeddedPostgresError) -> Bool {
    let turn = try FileLock(layout.data + "/start.lock")
    guard turn.exclude(timeout: options.startTimeout) else {
      throw EmbeddedPostgresError(.server, "another server has been starting in \(layout.data) for too long")
    }
    defer { turn.release() }
    if hasStopped { return false }
    // The socket of one that was just killed is open until its last child has noticed: `run` looks at the process first.
    return try Cluster(layout: layout, options: options, log: log).run().isStarted
  }

  /// The process number of the running server; nil where there is none.
  package var processID: Int32? {
    guard let running = Postmaster(cluster: layout.cluster), running.isAlive(cluster: layout.cluster) else {
      return nil
    }
    return running.pid
  }

  /// The URI of another database of this server.
  package func url(database: String) -> String {
    Self.url(database: database, socketFolder: Postmaster(cluster: layout.cluster)?.socketFolder ?? layout.socketFolder)
  }

  static func socket(in folder: String) -> String { "\(folder)/.s.PGSQL.\(port)" }

  private static func url(database: String, socketFolder: String) -> String {
    let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
    let hexadecimal = Array("0123456789ABCDEF".utf8)
    var host: [UInt8] = []
    for byte in socketFolder.utf8 {
      if unreserved.contains(byte) {
        host.append(byte)
      } else {
        host += [UInt8(ascii: "%"), hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
      }
    }
    return "postgresql:///\(database)?user=\(name)&host=\(String(decoding: host, as: UTF8.self))&port=\(port)"
  }
}
