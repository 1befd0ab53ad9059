import Agents
import Glibc
import Log
import Postgres
import Reactor
import Server
import TLSEngine
import Transport

/// `skein doctor`
enum DoctorCommand: Command {
  static let usage = """
    usage: skein doctor [options]

    Checks what `skein serve` would be told, one line each, and ends with 1 where something is wrong.
    """
  static var options: [Option<Settings>] { ServeCommand.options }

  static func run(_ settings: Settings, _ console: Console) async throws {
    var findings: [Finding] = []
    do {
      findings.append(.good("folder: \(try Home.find(settings.home))"))
    } catch {
      findings.append(.bad("folder: \(error.message)"))
    }
    findings += certificates(settings)
    findings.append(descriptors(settings))
    findings.append(toolServers(settings))
    findings.append(embeddings(settings))
    findings.append(
      settings.url.isEmpty ? dataFolder(settings.server.data) : await database(settings.url, settings.log))
    for finding in findings { print(finding.line) }
    let wrong = findings.count { $0.isBad }
    if wrong > 0 { throw UsageError(message: "\(wrong) of \(findings.count) checks found something wrong") }
  }

  /// What one check has found.
  struct Finding {
    let line: String
    let isBad: Bool

    static func good(_ text: String) -> Finding { Finding(line: "ok     \(text)", isBad: false) }
    static func doubtful(_ text: String) -> Finding { Finding(line: "look   \(text)", isBad: false) }
    static func bad(_ text: String) -> Finding { Finding(line: "wrong  \(text)", isBad: true) }
  }

  // MARK: Checks

  private static func certificates(_ settings: Settings) -> [Finding] {
    do throws(UsageError) {
      try settings.checkSecurity()
      let files = try settings.certificateFiles()
      if files.isEmpty { return [.good("TLS: off, no certificate is named")] }
      return [.good("TLS: \(settings.minimum.rawValue) and newer")] + files.map { certificate($0) }
    } catch {
      return [.bad("TLS: \(error.message)")]
    }
  }

  private static func certificate(_ files: TLSCertificateFiles) -> Finding {
    do throws(TLSError) {
      let certificate = try TLSCertificate(file: files.certificate)
      // Reads the key too, and puts it to the certificate.
      _ = try TLSContext(TLSContext.Configuration(certificates: [files]), tickets: TLSTicketKeys())
      let names = certificate.names.isEmpty ? "no names" : certificate.names.joined(separator: ", ")
      let title = "certificate \(files.certificate) for \(names)"
      if certificate.remaining <= 0 { return .bad("\(title): expired \(days(-certificate.remaining)) ago") }
      if certificate.age < 0 { return .bad("\(title): not valid before \(days(-certificate.age)) from now") }
      let rest = "\(title): expires in \(days(certificate.remaining))"
      return certificate.remaining < 14 * 86_400 || certificate.names.isEmpty ? .doubtful(rest) : .good(rest)
    } catch {
      return .bad("certificate: \(error.message)")
    }
  }

  private static func days(_ seconds: Int64) -> String {
    seconds < 2 * 86_400 ? "\(seconds / 3600) hours" : "\(seconds / 86_400) days"
  }

  private static func descriptors(_ settings: Settings) -> Finding {
    guard let limit = OpenFiles.limit else { return .bad("descriptors: the limit can't be read") }
    let given = settings.server.loops
    let loops = given > 0 ? given : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let connections = loops * settings.server.transport.connections
    let text = "descriptors: \(limit) allowed for up to \(connections) connections of \(loops) loops"
    let room = limit - OpenFiles.besideConnections
    if room >= connections { return .good(text) }
    // Running out of them is survived: connections wait until there is one.
    return room > 0
      ? .doubtful("\(text): about \(room) fit; ulimit -Hn raises it") : .bad("\(text): none fits; raise ulimit -Hn")
  }

  private static func toolServers(_ settings: Settings) -> Finding {
    do throws(UsageError) {
      let names = try settings.toolServers().servers.keys.sorted()
      return .good("tool servers: \(names.isEmpty ? "none" : names.joined(separator: ", "))")
    } catch {
      return .bad("tool servers: \(error.message)")
    }
  }

  private static func embeddings(_ settings: Settings) -> Finding {
    do throws(UsageError) {
      try settings.checkEmbeddings()
      let chosen = settings.server.embeddings
      return .good("embeddings: \(chosen.isOn ? "\(chosen.model) at \(chosen.url)" : "none")")
    } catch {
      return .bad("embeddings: \(error.message)")
    }
  }

  /// A folder that is there must be writable; for one that is not, the nearest that is there.
  private static func dataFolder(_ path: String) -> Finding {
    var folder = path
    while access(folder, F_OK) != 0 {
      guard let slash = folder.lastIndex(of: "/") else {
        folder = "."
        break
      }
      folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
    }
    guard access(folder, W_OK | X_OK) == 0 else { return .bad("data: \(folder) can't be written to") }
    return .good("data: \(path), with a PostgreSQL of its own")
  }

  private static func database(_ url: String, _ log: Logger) async -> Finding {
    do throws(any Error) {
      let loops = try LoopGroup(count: 1)
      defer { loops.stop() }
      var configuration = try PostgresConfiguration(url: url)
      configuration.poolSize = 1
      let client = PostgresClient(loop: loops.loops[0], configuration: configuration, log: log.named("database"))
      try await client.connect()
      await client.close()
      return .good("database: reachable")
    } catch {
      return .bad("database: \(error)")
    }
  }
}
