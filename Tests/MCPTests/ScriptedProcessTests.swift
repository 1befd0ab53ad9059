import Glibc
import JSONWire
import Log
import Reactor
import SkeinTestKit
import Testing

@testable import MCP

/// Processes that do wrong, and one of the newer era, each by a script of its own.
@Suite(.timeLimit(.minutes(5))) struct ScriptedProcessTests {
  private static let script = #filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/scripted.py"

  /// Has a server there of one mode for as long as `body` takes.
  private func run(
    _ mode: String, limits: MCPLimits = MCPLimits(), state: String? = nil,
    _ body: (MCPServer) async throws -> Void
  ) async throws {
    var limits = limits
    limits.graceMilliseconds = min(limits.graceMilliseconds, 300)
    let command = ServerCommand(["python3", "-B", Self.script, mode] + (state.map { [$0] } ?? []))
    let places = ProcessPlaces(1)
    let server = MCPServer(
      mode, by: .process(command, places), limits: limits, on: try TestLoop.shared(),
      log: Logger("test", level: .error))
    do {
      try await body(server)
    } catch {
      Issue.record(error)
    }
    await server.close()
    #expect(places.count == 0)
  }

  @Test func aMessageOfTheModernEraIsSentToWhoSpeaksIt() async throws {
    try await run("modern") { (server) async throws in
      #expect(try await server.call("echo").text == "modern, 0 cancelled")
      #expect(try await server.call("echo", [("grow", true)]).text == "grown")
      #expect(try await comesTrue { try await server.tools().map(\.name) == ["echo", "grown"] })
      let error = await #expect(throws: MCPError.self) { try await server.call("echo", [("input", true)]) }
      #expect(error?.code == .unsupported)
    }
  }

  @Test func aCallOfTheModernEraIsCancelledByAMessage() async throws {
    try await run("modern") { (server) async throws in
      let error = await #expect(throws: MCPError.self) {
        try await server.call("echo", [("wait", true)], within: 300)
      }
      #expect(error?.code == .timedOut)
      #expect(try await server.call("echo").text == "modern, 1 cancelled")
    }
  }

  @Test func aVersionThatNobodyKnowsIsNamed() async throws {
    try await run("newest") { (server) async throws in
      let error = await #expect(throws: MCPError.self) { try await server.tools() }
      #expect(error?.code == .unsupported && error?.detail.contains("2099-01-01") == true)
    }
  }

  @Test func whoIsSilentWhenAskedInNewTermsIsGreetedInOldOnes() async throws {
    var limits = MCPLimits()
    limits.probeMilliseconds = 200
    try await run("quiet_probe", limits: limits) { (server) async throws in
      #expect(try await server.call("echo").text == "old")
    }
  }

  @Test func whoEndsWhenAskedInNewTermsIsStartedAgainAndGreeted() async throws {
    let folder = try TestFolder()
    try await run("fragile", state: folder.path + "/starts") { (server) async throws in
      #expect(try await server.call("echo").text == "start 2")
    }
  }

  @Test func garbageIsPassedOver() async throws {
    try await run("garbage") { (server) async throws in #expect(try await server.call("echo").text == "despite all") }
  }

  @Test func anAnswerCountsByItsIdAlone() async throws {
    try await run("wrong_ids") { (server) async throws in
      #expect(try await server.call("echo").text == "right")
      #expect(try await server.call("echo").text == "right")
    }
  }

  @Test func aMessageThatIsTooLongEndsTheServerAndNotTheNextCall() async throws {
    var limits = MCPLimits()
    limits.messageBytes = 100_000
    try await run("giant", limits: limits) { (server) async throws in
      let error = await #expect(throws: MCPError.self) { try await server.call("echo", [("giant", true)]) }
      #expect(error?.code == .tooLarge)
      #expect(try await server.call("echo").text == "small")
    }
  }

  @Test func whoNeverAnswersIsWaitedForNoLongerThanAllowed() async throws {
    var limits = MCPLimits()
    limits.probeMilliseconds = 100
    limits.startMilliseconds = 200
    // It does not pass while this looks.
    (limits.firstRestartMilliseconds, limits.restartMilliseconds) = (600_000, 600_000)
    try await run("silent", limits: limits) { (server) async throws in
      let error = await #expect(throws: MCPError.self) { try await server.tools() }
      #expect(error?.code == .timedOut)
      // It is not started at once again, for each who asks.
      let again = await #expect(throws: MCPError.self) { try await server.tools() }
      #expect(again?.code == .unavailable && again?.detail.contains("started again") == true)
    }
    try await run("mute") { (server) async throws in
      for _ in 0..<3 {
        let error = await #expect(throws: MCPError.self) { try await server.call("echo", within: 200) }
        #expect(error?.code == .timedOut)
      }
    }
  }

  @Test func whoDoesNotReadIsSentNoMoreThanAllowed() async throws {
    var limits = MCPLimits()
    limits.messageBytes = 300_000
    // So long that all of them are on their way before the first is given up.
    limits.callMilliseconds = 4000
    try await run("deaf", limits: limits) { (server) async throws in
      let long = JSONValue.string(String(repeating: "x", count: 200_000))
      let tools = try await server.tools()
      let tool = try #require(tools.first)
      let codes = await withTaskGroup(of: MCPError.Code?.self) { group in
        for _ in 0..<4 {
          group.addTask {
            do {
              _ = try await server.call(tool, JSONObject([("text", long)]))
              return nil
            } catch {
              return (error as? MCPError)?.code
            }
          }
        }
        return await group.reduce(into: [MCPError.Code?]()) { $0.append($1) }
      }
      #expect(codes.contains(.tooLarge) && codes.contains(.timedOut) && !codes.contains(nil))
    }
  }

  @Test func ofThousandsOfToolsSomeAreTaken() async throws {
    try await run("many") { (server) async throws in
      let tools = try await server.tools()
      #expect(tools.count == 128 && tools.last?.name == "tool127")
      #expect(try await server.call("tool7").text == "tool7")
    }
  }

  @Test func aServersQuestionsAreAnswered() async throws {
    try await run("asks") { (server) async throws in
      #expect(try await server.call("echo").text == "[{}, -32601, -32601, -32601]")
    }
  }

  @Test func memoryIsLimited() async throws {
    var limits = MCPLimits()
    limits.memoryMegabytes = 200
    try await run("hog", limits: limits) { (server) async throws in
      #expect(try await server.call("echo").text == "no memory")
    }
  }

  @Test func aServerThatWontEndIsKilledWithWhatItStarted() async throws {
    var pids: [pid_t] = []
    try await run("stubborn") { (server) async throws in
      pids = try await server.call("echo").text.split(separator: " ").compactMap { pid_t($0) }
      for pid in pids { #expect(kill(pid, 0) == 0) }
    }
    #expect(pids.count == 2)
    // The one that it started is now somebody else's to bury, which may take a moment.
    for pid in pids {
      #expect(await comesTrue { !isAlive(pid) })
    }
  }

  private func isAlive(_ pid: pid_t) -> Bool {
    guard let file = fopen("/proc/\(pid)/stat", "r") else { return false }
    defer { fclose(file) }
    var text = [CChar](repeating: 0, count: 512)
    let count = fread(&text, 1, 511, file)
    let line = String(decoding: text[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    return !line.contains(") Z ") && count > 0
  }

  @Test func aServerThatEndsAtOnceIsTriedLessAndLessOften() async throws {
    let folder = try TestFolder()
    var limits = MCPLimits()
    // It does not pass while this looks.
    (limits.firstRestartMilliseconds, limits.restartMilliseconds) = (600_000, 600_000)
    try await run("ends", limits: limits, state: folder.path + "/starts") { (server) async throws in
      let error = await #expect(throws: MCPError.self) { try await server.tools() }
      #expect(error?.code == .ended && error?.detail.contains("status 7") == true)
      for _ in 0..<5 {
        let again = await #expect(throws: MCPError.self) { try await server.tools() }
        #expect(again?.code == .unavailable)
      }
      // Twice, since it might have been the first question that it did not like.
      let file = try #require(fopen(folder.path + "/starts", "r"))
      defer { fclose(file) }
      var text = [UInt8](repeating: 0, count: 100)
      #expect(fread(&text, 1, 100, file) == 2)
    }
  }

  @Test func endlessComplaintsHinderNobody() async throws {
    try await run("noisy") { (server) async throws in #expect(try await server.tools().count == 1) }
  }

  @Test func whatCantBeStartedIsSaid() async throws {
    let places = ProcessPlaces(1)
    let loop = try TestLoop.shared()
    let log = Logger("test", level: .error)
    let none = MCPServer(
      "none", by: .process(ServerCommand(["/no/such/program"]), places), on: loop, log: log)
    let error = await #expect(throws: MCPError.self) { try await none.tools() }
    #expect(error == MCPError(.unavailable, "there is no program /no/such/program"))
    let full = MCPServer(
      "full", by: .process(ServerCommand(["python3"]), ProcessPlaces(0)), on: loop, log: log)
    let refused = await #expect(throws: MCPError.self) { try await full.tools() }
    #expect(refused?.detail.contains("already") == true)
    await none.close()
    await full.close()
    let closed = await #expect(throws: MCPError.self) { try await none.tools() }
    #expect(closed?.code == .closed)
  }
}
