import Glibc
import SkeinTestKit
import TLSEngine
import Testing
import WebSocketWire

/// TLS as the program is told of it.
@Suite struct SecurityTests {
  private let folder: TestFolder
  private let client: TLSClientContext

  init() throws {
    folder = try TestFolder()
    client = try TLSClientContext(roots: nil)
  }

  private func arguments(_ files: TLSCertificateFiles, _ others: [String] = []) -> [String] {
    ["echo", "--port", "0", "--tls-certificate", files.certificate, "--tls-key", files.key] + others
  }

  private func write(_ text: String, _ path: String) throws {
    let file = try #require(fopen(path, "w"))
    fputs(text, file)
    fclose(file)
  }

  private func names(_ port: UInt16) async throws -> [String]? {
    try await TLSTestClient.connect(to: port, client).certificateNames
  }

  @Test("SIGHUP: new connections get the new certificate, old ones go on; a broken one changes nothing, and is told of")
  func reload() async throws {
    let files = try TestCertificate(in: folder.path, hosts: ["first.test"]).files
    let program = try Program(arguments(files))
    let port = try await program.port()
    let old = try await ChatClient.connect(to: port, subprotocols: [], tls: client)
    func echo(_ text: String) async throws {
      await old.send(text: text)
      #expect(try await old.nextMessage().text == text)
    }
    try await echo("before")
    _ = try TestCertificate(in: folder.path, hosts: ["second.test"])
    #expect(try await names(port) == ["first.test"])
    program.signal(SIGHUP)
    try await program.log(until: "the certificates were read again")
    #expect(try await names(port) == ["second.test"])
    try await echo("after")

    try write("broken", files.certificate)
    program.signal(SIGHUP)
    try await program.log(
      until: "the certificates were not changed error=\"there is no certificate in \(files.certificate)")
    #expect(try await names(port) == ["second.test"])
    _ = try TestCertificate(in: folder.path, hosts: ["third.test"])
    let stranger = try TestCertificate(in: folder.path, name: "stranger").files
    #expect(rename(stranger.key, files.key) == 0)
    program.signal(SIGHUP)
    try await program.log(until: "does not belong to the certificate")
    #expect(try await names(port) == ["second.test"])
    try await echo("at last")
  }

  @Test("SIGHUP without TLS is ignored")
  func reloadOfNothing() async throws {
    let program = try Program(["echo", "--port", "0"])
    let port = try await program.port()
    program.signal(SIGHUP)
    let client = try await ChatClient.connect(to: port, subprotocols: [])
    await client.send(text: "still here")
    #expect(try await client.nextMessage().text == "still here")
    program.signal(SIGTERM)
    #expect(try await program.end().code == 0)
  }

  @Test("any loop takes the tickets of any other", arguments: [TLSVersion.tls12, .tls13])
  func tickets(_ version: TLSVersion) async throws {
    let program = try Program(arguments(try TestCertificate(in: folder.path).files, ["--loops", "3"]))
    let port = try await program.port()
    let client = try TLSClientContext(roots: nil, maximum: version)
    var ticket: TLSResumption?
    for place in 0..<20 {
      let socket = try await TLSTestClient.connect(to: port, client, resuming: ticket)
      #expect(await socket.isResumed == (place > 0))
      // With TLS 1.3 the ticket comes behind the handshake, and is good for one connection (RFC 8446 section C.4).
      try await socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      _ = try await socket.receive(1)
      ticket = await socket.resumption
    }
  }

  @Test("several certificates by name, the least version, HSTS, and a port that redirects")
  func settings() async throws {
    let certificates = try ["one.test", "two.test"].map { try TestCertificate(in: folder.path, name: $0, hosts: [$0]) }
    let program = try Program([
      "echo", "--port", "0", "--tls-certificate", certificates.map(\.files.certificate).joined(separator: ","),
      "--tls-key", certificates.map(\.files.key).joined(separator: ","), "--tls-minimum", "1.3", "--redirect-port", "0",
      "--hsts-seconds", "86400",
    ])
    let port = try await program.port()
    for name in ["one.test", "two.test"] {
      #expect(try await TLSTestClient.connect(to: port, client, host: name).certificateNames == [name])
    }
    let old = try TLSClientContext(roots: nil, maximum: .tls12)
    await #expect(throws: TestClientError.self) { try await TLSTestClient.connect(to: port, old) }
    let secure = try await TLSTestClient.connect(to: port, client)
    try await secure.send("GET / HTTP/1.1\r\nHost: two.test\r\n\r\n")
    #expect(try await secure.receive(until: "\r\n\r\n").contains("Strict-Transport-Security: max-age=86400\r\n"))

    var line: Substring = ""
    _ = await comesTrue {
      line = program.output.split(separator: "\n").last ?? ""
      return line.hasPrefix("Redirecting to it from http://127.0.0.1:") && program.output.hasSuffix("\n")
    }
    let plain = try await HTTPTestClient.connect(to: try #require(UInt16(line.filter(\.isNumber).dropFirst(6))))
    let answer = try await plain.get("/a?b")
    #expect(answer.status == 308 && answer["location"] == "https://test:\(port)/a?b")
  }

  @Test("what can't be served by TLS is told in one sentence")
  func refusals() async throws {
    let files = try TestCertificate(in: folder.path).files
    let other = try TestCertificate(in: folder.path, name: "other").files
    for (arguments, named) in [
      (["--tls-certificate", files.certificate], "--tls-key"),
      (["--tls-certificate", folder.path + "/none", "--tls-key", files.key], "none"),
      (["--tls-certificate", files.certificate, "--tls-key", other.key], "does not belong"),
      (["--tls-minimum", "1.1"], "--tls-minimum"), (["--hsts-seconds", "1"], "--tls-certificate"),
      (["--redirect-port", "0"], "--tls-certificate"), (["--proxy-protocol"], "--trusted-proxies"),
      (["--trusted-proxies", "10.0.0.1/8"], "--trusted-proxies"),
    ] {
      let end = try await Program(["echo", "--port", "0"] + arguments).end()
      #expect(end.code == 1 && end.output == "")
      #expect(end.errors.hasPrefix("skein: ") && end.errors.contains(named), "\(end.errors)")
      #expect(end.errors.split(separator: "\n").count == 1)
    }
  }

  @Test(
    "an idle connection holds no buffers of TLS",
    .enabled(if: getenv("TSAN_OPTIONS") == nil, "ThreadSanitizer keeps memory of its own for all other memory"))
  func memory() async throws {
    let program = try Program(arguments(try TestCertificate(in: folder.path).files, ["--loops", "1"]))
    let port = try await program.port()
    var clients: [ChatClient] = []
    func add(_ count: Int) async throws {
      for _ in 0..<count {
        let client = try await ChatClient.connect(to: port, subprotocols: [], tls: client)
        await client.send(.binary, [UInt8](repeating: 1, count: 20_000))
        #expect(try await client.nextMessage().payload.count == 20_000)
        clients.append(client)
      }
    }
    // What is made once: code that is read in, buffers that all share.
    try await add(20)
    let before = try resident(program)
    try await add(200)
    let each = (try resident(program) - before) / 200
    print("resident for each idle connection with TLS: \(each) bytes")
    // Some 14 KiB are needed; two buffers of a record's length would be 33 KiB more.
    #expect(each < 24 * 1024)
  }

  private func resident(_ program: Program) throws -> Int {
    let file = try #require(fopen("/proc/\(program.pid)/status", "r"))
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      if text.hasPrefix("VmRSS:") { return (Int(text.filter(\.isNumber)) ?? 0) * 1024 }
    }
    return 0
  }
}
