import Glibc
import Log
import Processes

/// PostgreSQL's data folder and the server on it. Used by one process at a time, under the start lock.
struct Cluster {
  private let layout: DataLayout
  private let options: EmbeddedOptions
  private let log: Logger
  private let binaries: PostgresBinaries

  /// The server's log begins anew beyond this many bytes; one old file is kept.
  private static let longestLog = 16 << 20

  /// Makes the data folder where it is new.
  init(layout: DataLayout, options: EmbeddedOptions, log: Logger) throws(EmbeddedPostgresError) {
    self.layout = layout
    self.options = options
    self.log = log
    let version = Folder.text(layout.cluster + "/PG_VERSION")
      .map { String($0.prefix { !$0.isWhitespace }) }
    binaries = try PostgresBinaries.find(wanted: options.binaries, version: version)
    if version == nil { try initialise() }
  }

  /// In a folder aside, renamed when complete: what a killed server leaves half-done is never taken for a cluster.
  private func initialise() throws(EmbeddedPostgresError) {
    if !Folder.names(in: layout.cluster).isEmpty {
      throw EmbeddedPostgresError(.folder, "\(layout.cluster) is neither empty nor a data folder of PostgreSQL")
    }
    let fresh = layout.cluster + ".new"
    Folder.remove(fresh)
    log.info("making a database", ["folder": layout.cluster, "binaries": binaries.folder])
    // The folder has to be PostgreSQL's, the one around it need not be.
    try Folder.makePrivate(fresh, owner: layout.account)
    var arguments = [
      binaries.initdb, "-D", fresh, "-U", "skein", "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8",
      "--locale=C.UTF-8", "--no-instructions",
    ]
    if !options.isDurable { arguments.append("--no-sync") }
    let made = try PostgresProgram.run(arguments, as: layout.account?.name)
    guard made.status == 0 else {
      throw EmbeddedPostgresError(.initialisation, "initdb failed: \(Self.lastLine(made.output))")
    }
    // Without a running server there is no moment at which the cluster exists and the database does not.
    let created = try PostgresProgram.run(
      [binaries.postgres, "--single", "-D", fresh, "-c", "fsync=\(options.isDurable ? "on" : "off")", "postgres"],
      as: layout.account?.name, input: "CREATE DATABASE skein;\n")
    guard created.status == 0, !created.output.contains("ERROR") else {
      throw EmbeddedPostgresError(
        .initialisation, "the database could not be made: \(Self.lastLine(created.output))")
    }
    rmdir(layout.cluster)
    guard rename(fresh, layout.cluster) == 0 else {
      throw EmbeddedPostgresError(.folder, "\(layout.cluster) can't be made: \(Folder.reason())")
    }
  }

  /// Uses the running server or starts one, and waits until it accepts connections.
  /// - Returns: where its socket is, and whether it had to be started.
  func run() throws(EmbeddedPostgresError) -> (socketFolder: String, isStarted: Bool) {
    let pause = Pause(options.startTimeout)
    var child: pid_t?
    var logStart = 0
    repeat {
      if let known = Postmaster(cluster: layout.cluster) {
        if known.isAlive(cluster: layout.cluster) {
          if known.isAccepting {
            if child == nil {
              log.info("PostgreSQL runs already", ["folder": layout.cluster, "process": Int(known.pid)])
            }
            return (known.socketFolder, child != nil)
          }
          // It starts, recovers or stops.
          if child == nil { continue }
        } else if child == nil {
          // Where it was a child of ours, it is still to be reaped.
          _ = ChildProcess.ended(known.pid)
          known.forgetIfTaken(cluster: layout.cluster)
        }
      }
      if let started = child {
        guard let status = ChildProcess.ended(started) else { continue }
        child = nil
        let complaint = lastComplaint(since: logStart)
        // The processes of a server that was killed take a moment to notice.
        guard complaint.contains("shared memory") || complaint.contains("lock file") else {
          throw EmbeddedPostgresError(
            .server, "PostgreSQL did not start (status \(status)): \(complaint); see \(layout.logFile)")
        }
        guard pause.sleep(200) else { break }
      }
      let launched = try launch()
      child = launched.process
      logStart = launched.logStart
    } while pause.sleep(10)
    throw EmbeddedPostgresError(
      .server,
      "PostgreSQL does not accept connections after \(options.startTimeout / 1000) s; see \(layout.logFile)")
  }

  /// - Returns: the server's process, and how long its log was before.
  private func launch() throws(EmbeddedPostgresError) -> (process: pid_t, logStart: Int) {
    var status = stat()
    if stat(layout.logFile, &status) == 0, status.st_size > Self.longestLog {
      rename(layout.logFile, layout.logFile + ".1")
    }
    let output = open(layout.logFile, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
    guard output >= 0 else {
      throw EmbeddedPostgresError(.folder, "\(layout.logFile) can't be written: \(Folder.reason())")
    }
    defer { close(output) }
    let logStart = lseek(output, 0, SEEK_END)
    var arguments = [binaries.postgres, "-D", layout.cluster]
    for (name, value) in options.settings(socketFolder: layout.socketFolder) {
      arguments += ["-c", "\(name)=\(value)"]
    }
    let process = try PostgresProgram.start(arguments, as: layout.account?.name, output: output)
    log.info("PostgreSQL starts", ["folder": layout.cluster, "process": Int(process)])
    return (process, logStart)
  }

  /// Ends the server by a fast shutdown, if it runs.
  static func stop(_ layout: DataLayout, timeout: UInt64) throws(EmbeddedPostgresError) {
    guard let running = Postmaster(cluster: layout.cluster), running.isAlive(cluster: layout.cluster) else { return }
    kill(running.pid, SIGINT)
    // A stopped process would never see it.
    kill(running.pid, SIGCONT)
    let pause = Pause(timeout)
    repeat {
      // Where it is our own child it stays until it is reaped.
      if ChildProcess.ended(running.pid) != nil || !running.isAlive(cluster: layout.cluster) { return }
    } while pause.sleep(10)
    throw EmbeddedPostgresError(
      .server, "PostgreSQL (process \(running.pid)) did not stop within \(timeout / 1000) s")
  }

  private func lastComplaint(since start: Int) -> String {
    let text = Folder.text(layout.logFile)?.utf8.dropFirst(start) ?? "".utf8.dropFirst(0)
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
    return String(lines.last { $0.contains("FATAL") || $0.contains("PANIC") } ?? lines.last ?? "it said nothing")
  }

  private static func lastLine(_ text: String) -> String {
    let lines = text.split(separator: "\n")
    return String(lines.last { $0.contains("error") || $0.contains("FATAL") } ?? lines.last ?? "no message")
  }
}
