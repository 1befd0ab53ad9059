import Glibc
import JSONWire
import Log
import Reactor
import SkeinTestKit
import Testing

@testable import MCP

/// How long processes of tool servers live: those that nobody needs, and those that end in their calls.
@Suite(.timeLimit(.minutes(5))) struct ProcessLifeTests {
  private static let script = #filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/scripted.py"

  /// Has a server there of one mode, which tells how often it was started.
  private func run(
    _ mode: String, _ change: (inout MCPLimits) -> Void, _ body: (MCPServer, ProcessPlaces) async throws -> Void
  ) async throws {
    let folder = try TestFolder()
    var limits = MCPLimits()
    limits.graceMilliseconds = 300
    // What is known of its tools stays so.
    (limits.untoldMilliseconds, limits.toldMilliseconds) = (600_000, 600_000)
    change(&limits)
    let command = ServerCommand(["python3", "-B", Self.script, mode, folder.path + "/starts"])
    let places = ProcessPlaces(1)
    let server = MCPServer(
      mode, by: .process(command, places), limits: limits, on: try TestLoop.shared(),
      log: Logger("test", level: .error))
    do {
      try await body(server, places)
    } catch {
      Issue.record(error)
    }
    await server.close()
    #expect(places.count == 0)
  }

  private func untilEnded(_ places: ProcessPlaces) async throws {
    #expect(await comesTrue { places.count == 0 })
  }

  @Test func oneThatNobodyNeedsIsEndedAndStartedAgainAtNeed() async throws {
    try await run("counted") {
      $0.idleMilliseconds = 500
    } _: { (server, places) async throws in
      let tools = try await server.tools()
      let tool = try #require(tools.first)
      // What it has is known without it.
      #expect(try await comesTrue { try await server.tools() == tools && places.count == 0 })
      var starts = 1
      for _ in 0..<3 {
        let text = try await server.call(tool, JSONObject()).text
        let number = try #require(text.split(separator: " ").last.flatMap { Int($0) })
        #expect(number > starts)
        starts = number
        try await untilEnded(places)
      }
    }
  }

  @Test func oneThatIsAtWorkIsNotEnded() async throws {
    try await run("slow") {
      $0.idleMilliseconds = 500
    } _: { (server, places) async throws in
      let tool = try #require(try await server.tools().first)
      // The call takes longer than it may stay without one: were it ended, the call would be.
      #expect(try await server.call(tool, JSONObject()).text.hasPrefix("start "))
      try await untilEnded(places)
    }
  }

  @Test func whereItMayStayItStays() async throws {
    try await run("counted") {
      $0.idleMilliseconds = 0
    } _: { (server, places) async throws in
      _ = try await server.tools()
      #expect(try await server.call("echo").text == "start 1" && places.count == 1)
    }
  }

  @Test func oneThatEndsInEachCallIsNotStartedForEach() async throws {
    try await run("crashes") {
      // It does not pass while this looks.
      $0.firstRestartMilliseconds = 600_000
      $0.restartMilliseconds = 600_000
    } _: { (server, _) async throws in
      let (tools, tool) = try await self.ended(twice: server)
      for _ in 0..<5 {
        let error = await #expect(throws: MCPError.self) { try await server.call(tool, JSONObject()) }
        #expect(error?.code == .unavailable)
        #expect((1...600).contains(try #require(error?.restSeconds)))
        // A model is still offered it, and told why it has to wait.
        #expect(try await server.tools() == tools)
      }
    }
  }

  @Test func oneThatAnswersAfterItsWaitIsOfUseAgain() async throws {
    try await run("crashes") {
      $0.firstRestartMilliseconds = 50
    } _: { (server, _) async throws in
      let (_, tool) = try await self.ended(twice: server)
      let live = JSONObject([("live", true)])
      var said: String?
      #expect(
        await comesTrue {
          said = try? await server.call(tool, live).text
          return said != nil
        })
      #expect(said == "start 3")
      for start in 4...6 {
        _ = await #expect(throws: MCPError.self) { try await server.call(tool, JSONObject()) }
        #expect(try await server.call(tool, live).text == "start \(start)")
      }
    }
  }

  /// Has a call end the process, and a second one: once may be the call's fault.
  private func ended(twice server: MCPServer) async throws -> ([MCPTool], MCPTool) {
    let tools = try await server.tools()
    let tool = try #require(tools.first)
    for _ in 0..<2 {
      let error = await #expect(throws: MCPError.self) { try await server.call(tool, JSONObject()) }
      #expect(error?.code == .ended)
    }
    return (tools, tool)
  }
}
