import Glibc
import SkeinTestKit
import TLSEngine
import Testing

/// `skein doctor`
@Suite struct DoctorTests {
  private let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func doctor(_ files: TLSCertificateFiles?, _ others: [String] = []) async throws -> Program.End {
    let named = files.map { ["--tls-certificate", $0.certificate, "--tls-key", $0.key] } ?? []
    return try await Program(["doctor", "--connections", "10", "--data", folder.path] + named + others).end()
  }

  @Test("certificates: their names, their end, what is wrong with them")
  func certificates() async throws {
    let day = 86_400
    func make(_ name: String, hosts: [String] = ["chat.test"], remaining: Int) throws -> TLSCertificateFiles {
      try TestCertificate(in: folder.path, name: name, hosts: hosts, remaining: remaining).files
    }
    let good = try make("good", hosts: ["chat.test", "*.chat.test"], remaining: 90 * day + 7200)
    var mixed = good
    mixed.key = try make("other", remaining: 90 * day).key
    var missing = good
    missing.certificate += ".none"
    var keyless = good
    keyless.key += ".none"
    let cases: [(files: TLSCertificateFiles, mark: String, says: [String])] = [
      (good, "ok ", ["for chat.test, *.chat.test", "expires in 90 days"]),
      (try make("soon", remaining: 9 * day + 7200), "look ", ["expires in 9 days"]),
      (try make("nameless", hosts: [], remaining: 90 * day), "look ", ["no names"]),
      (try make("expired", remaining: -3 * day), "wrong ", ["expired", "3 days ago"]),
      (mixed, "wrong ", ["does not belong to the certificate"]), (missing, "wrong ", ["can't be opened"]),
      (keyless, "wrong ", ["the key", "can't be opened"]),
    ]
    for (files, mark, says) in cases {
      let end = try await doctor(files)
      let line = end.output.split(separator: "\n").first { $0.contains("certificate") } ?? ""
      #expect(line.hasPrefix(mark), "\(end)")
      for text in says { #expect(line.contains(text), "\(line)") }
      #expect(end.code == (mark == "wrong " ? 1 : 0), "\(end)")
    }
  }

  @Test("the least version, and what only TLS can do")
  func settings() async throws {
    let files = try TestCertificate(in: folder.path, remaining: 8_000_000).files
    #expect(try await doctor(files).output.contains("ok     TLS: 1.2 and newer"))
    #expect(try await doctor(files, ["--tls-minimum", "1.3"]).output.contains("ok     TLS: 1.3 and newer"))
    let none = try await doctor(nil)
    #expect(none.code == 0 && none.output.contains("ok     TLS: off"))
    for (others, says) in [
      (["--hsts-seconds", "60"], "--tls-certificate"), (["--redirect-port", "80"], "--tls-certificate"),
      (["--proxy-protocol"], "--trusted-proxies"),
    ] {
      let end = try await doctor(nil, others)
      #expect(end.code == 1)
      #expect(end.output.contains("wrong  TLS: ") && end.output.contains(says), "\(end)")
    }
  }

  @Test("how many connections the limit of open files leaves room for; the soft one is raised")
  func descriptors() async throws {
    let cases: [(nofile: String, mark: String, says: String)] = [
      ("64:300", "ok", "300 allowed for up to 100 connections"),
      ("64:260", "look", "about 60 fit"), ("64:190", "wrong", "none fits"),
    ]
    for (nofile, mark, says) in cases {
      let arguments = ["doctor", "--loops", "2", "--connections", "50", "--data", folder.path]
      let end = try await Program(arguments, by: ["/usr/bin/prlimit", "--nofile=\(nofile)"]).end()
      let line = end.output.split(separator: "\n").first { $0.contains("descriptors") } ?? ""
      #expect(line.hasPrefix(mark) && line.contains(says), "\(end)")
      #expect(end.code == (mark == "wrong" ? 1 : 0))
    }
  }

  @Test("tool servers: the names of the file, and what is wrong with it")
  func toolServers() async throws {
    let path = folder.path + "/tools.json"
    func write(_ text: String) throws {
      let file = try #require(fopen(path, "w"))
      fputs(text, file)
      fclose(file)
    }
    #expect(try await doctor(nil).output.contains("ok     tool servers: none"))
    #expect(try await doctor(nil).output.contains("ok     embeddings: none"))
    try write("{\"files\": {\"command\": [\"true\"]}, \"crm\": {\"url\": \"https://crm.example\"}}")
    #expect(try await doctor(nil, ["--mcp-servers", path]).output.contains("ok     tool servers: crm, files"))
    try write("{\"files\": {\"command\": [\"true\"], \"env\": [\"SKEIN_SECRET_KEY\"]}}")
    let end = try await doctor(nil, ["--mcp-servers", path])
    #expect(end.code == 1 && end.output.contains("wrong  tool servers: --mcp-servers: \(path): files: env: names"))
    #expect(try await doctor(nil, ["--mcp-servers", path + ".none"]).output.contains("can't be read"))
  }
}
