import Glibc
import JSONWire
import Reactor
import SkeinTestKit
import Testing
import WebSocketWire

/// The program from outside: what it says, and how it ends.
@Suite struct ProgramTests {
  @Test func versionAndHelp() async throws {
    let version = try await Program.run("--version")
    #expect(version.code == 0)
    #expect(version.output.wholeMatch(of: /skein \d+\.\d+\.\d+\n/) != nil)
    #expect(version.errors == "")
    for arguments in [[], ["--help"], ["help"], ["-h"]] {
      let help = try await Program(arguments).end()
      #expect(help.code == 0)
      for command in ["serve", "migrate", "echo"] { #expect(help.output.contains("skein \(command)")) }
    }
    for (command, options) in [
      ("serve", ["--host", "--port", "--data", "--loops", "--script-agent", "--database-url", "--log-level"]),
      ("migrate", ["--database-url", "--data"]), ("echo", ["--port", "--loops"]),
    ] {
      let help = try await Program.run(command, "--help")
      #expect(help.code == 0)
      #expect(help.output.hasPrefix("usage: skein \(command)"))
      for option in options { #expect(help.output.contains(option)) }
    }
  }

  @Test(
    arguments: [
      (["dance"], "dance"), (["serve", "--nonsense"], "--nonsense"), (["serve", "--port"], "--port"),
      (["serve", "--port", "x"], "--port"), (["serve", "--port", "70000"], "--port"),
      (["serve", "--port=-1"], "--port"), (["serve", "extra"], "extra"), (["echo", "--data", "x"], "--data"),
      (["serve", "--loops", "9999"], "--loops"), (["serve", "--log-level", "loud"], "--log-level"),
      (["serve", "--home", "/proc"], "/proc"),
      (["serve", "--host", "localhost.invalid", "--port", "0"], "localhost.invalid"),
      (["serve", "--database-url", "postgresql://127.0.0.1:1/none", "--port", "0"], "127.0.0.1"),
      (["serve", "--database-url", "nonsense://", "--port", "0"], "database URL"),
      (["migrate", "--database-url", "postgresql://127.0.0.1:1/none"], "127.0.0.1"),
      (["serve", "--data", "/proc/skein", "--port", "0"], "/proc/skein"),
      (["serve", "--data", "/dev/null/skein", "--port", "0"], "/dev/null/skein"),
    ] as [([String], String)])
  func oneClearSentence(arguments: [String], named: String) async throws {
    let end = try await Program(arguments, environment: ["SKEIN_LOG_LEVEL=error"]).end()
    #expect(end.code == 1)
    #expect(end.output == "")
    let lines = end.errors.split(separator: "\n")
    #expect(lines.count == 1, "\(end.errors)")
    #expect(end.errors.hasPrefix("skein: "))
    #expect(end.errors.contains(named), "\(end.errors)")
    #expect(end.errors.utf8.count < 400)
  }

  @Test func variablesOfTheEnvironment() async throws {
    let bad = try await Program.run("echo", environment: ["SKEIN_PORT=many"])
    #expect(bad.code == 1)
    #expect(bad.errors.contains("SKEIN_PORT"))
    let echo = try Program(["echo"], environment: ["SKEIN_PORT=0", "SKEIN_LOOPS=1"])
    #expect(try await echo.port() > 0)
    echo.signal(SIGTERM)
    #expect(try await echo.end().code == 0)
  }

  @Test func aPortInUse() async throws {
    let taken = try Listener(host: "127.0.0.1", port: 0, shared: false)
    for command in ["serve", "echo"] {
      let end = try await Program.run(command, "--port", "\(taken.port)")
      #expect(end.code == 1)
      #expect(end.errors.hasPrefix("skein: port \(taken.port)"))
      #expect(end.errors.split(separator: "\n").count == 1)
    }
    // A port that another of its kind uses is not shared with it.
    let first = try Program(["echo", "--port", "0"])
    let port = try await first.port()
    let second = try await Program.run("echo", "--port", "\(port)")
    #expect(second.code == 1)
    #expect(second.errors.contains("\(port)"))
  }

  @Test func echo() async throws {
    let program = try Program(["echo", "--port", "0", "--loops", "2"])
    let port = try await program.port()
    for path in ["/", "/any/path?x=1"] {
      let client = try await ChatClient.connect(to: port, target: path, subprotocols: [])
      for payload: [UInt8] in [[], [0], Array("שלום 👋".utf8), [UInt8](repeating: 0xFF, count: 1_000_000)] {
        await client.send(.binary, payload)
        let answer = try await client.nextMessage()
        #expect(answer.kind == .binary)
        #expect(answer.payload == payload)
      }
      await client.send(text: "Grüße")
      #expect(try await client.nextMessage().text == "Grüße")
      await client.sendClose(1000)
      await #expect(throws: TestClientError.closed(code: 1000, reason: "")) { try await client.nextMessage() }
    }
    program.signal(SIGINT)
    #expect(try await program.end().code == 0)
  }

  @Test func migrate() async throws {
    let url = try await PrivatePostgres.shared().database()
    for _ in 0..<2 {
      let end = try await Program.run("migrate", "--database-url", url)
      #expect(end.code == 0)
      #expect(end.output == "The database is up to date.\n")
    }
  }

  /// Killed in the middle of an answer, and started again: what was shown is there, and the answer ends.
  @Test func killedAndStartedAgain() async throws {
    let url = try await PrivatePostgres.shared().database()
    let arguments = ["serve", "--port", "0", "--loops", "2", "--script-agent", "--database-url", url]
    let first = try Program(arguments)
    let identity = Identity.random()
    let client = try await ChatClient.connect(to: try await first.port())
    try await client.hello(identity, agent: "script")
    await client.say("/script {\"chunks\":1500,\"bytes\":11,\"interval_ms\":5}")
    await client.say("/script {\"text\":\"and this one too\"}")
    try await client.until { $0.from("user").count == 2 && $0.from("assistant").first?.content.count ?? 0 > 200 }
    first.signal(SIGKILL)
    #expect(try await first.end().code == 128 + SIGKILL)
    await #expect(throws: TestClientError.closed(code: 1006, reason: "")) { while true { _ = try await client.next() } }
    let seen = await client.transcript

    let second = try Program(arguments)
    let again = try await ChatClient.connect(to: try await second.port(), transcript: seen)
    // Whether by what is missing or by a fresh page depends on how far the second has come.
    try await again.hello(identity, resumes: true)
    try await again.until(
      { $0.from("assistant").count == 2 && $0.from("assistant").last?.status == "complete" }, within: 120_000)
    let answers = await again.transcript.from("assistant")
    // The second goes on where the first has ended.
    #expect(answers[0].status == "complete" && answers[0].content.count == 1500 * 11)
    #expect(answers[0].content.starts(with: seen.from("assistant")[0].content))
    #expect(answers[0].createdVersion == seen.from("assistant")[0].createdVersion)
    #expect(answers[1].text == "and this one too")
    second.signal(SIGTERM)
    #expect(try await again.untilClosed() == 1012)
    #expect(try await second.end().code == 0)
  }

  /// Two servers on one data folder share its PostgreSQL, which ends with the last of them.
  @Test func twoServersOnOneDataFolder() async throws {
    let data = try TemporaryFolder.make("skein-data")
    defer { TemporaryFolder.remove(data) }
    let arguments = ["serve", "--port", "0", "--loops", "1", "--script-agent", "--data", data + "/inner"]
    let programs = [try Program(arguments), try Program(arguments)]
    let identity = Identity.random()
    let client = try await ChatClient.connect(to: try await programs[0].port())
    try await client.hello(identity, agent: "script")
    try await client.ask("hi")
    let port = try await programs[1].port()
    programs[0].signal(SIGTERM)
    #expect(try await client.untilClosed() == 1012)
    #expect(try await programs[0].end().code == 0)
    let other = try await ChatClient.connect(to: port, transcript: await client.transcript)
    #expect(try await other.hello(identity, resumes: true)["resumed"] == true)
    #expect(try await other.ask("hi").text == "This answer was made by a script.")
    programs[1].signal(SIGTERM)
    #expect(try await other.untilClosed() == 1012)
    #expect(try await programs[1].end().code == 0)
    #expect(access(data + "/inner/postgres/postmaster.pid", F_OK) != 0)
  }
}
