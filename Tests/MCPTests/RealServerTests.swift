import HTTPClient
import JSONWire
import Log
import SkeinTestKit
import Testing

@testable import MCP

/// Servers as others make them: by both versions of the package `mcp`, and by all ways. The first version knows the
/// handshake alone, the second one is asked in the terms of the newer era.
@Suite(.enabled(if: !RealServer.all.isEmpty, RealServer.unavailable), .timeLimit(.minutes(5)))
struct RealServerTests {
  @Test(arguments: RealServer.all) func allPagesOfToolsAreListed(real: RealServer) async throws {
    try await real.run { (server, _) async throws in
      let tools = try await server.tools()
      let names = ["add", "crash", "wait", "counts", "fail", "table", "environment", "grow"]
      #expect(tools.map(\.name) == names)
      #expect(tools.first?.purpose == "Adds two numbers.")
      #expect(tools.first?.schema["required"] == ["a", "b"])
    }
  }

  @Test(arguments: RealServer.all) func callsAreAnswered(real: RealServer) async throws {
    try await real.run { (server, _) async throws in
      #expect(try await server.call("add", [("a", 2), ("b", 3)]).text == "5")
      let failed = try await server.call("fail")
      #expect(failed.isError && failed.text.contains("always fails"))
      let table = try await server.call("table")
      #expect(table.structured == ["rows": [[1]]] && table.text == "1 row" && !table.isError)
    }
  }

  @Test(arguments: RealServer.all) func manyCallsAtOnceAreKeptApart(real: RealServer) async throws {
    try await real.run { (server, _) async throws in
      try await withThrowingTaskGroup(of: (Int64, String).self) { group in
        for number in 0..<30 {
          let number = Int64(number)
          group.addTask { (number, try await server.call("add", [("a", .int(number)), ("b", 1000)]).text) }
        }
        for try await (number, text) in group { #expect(text == "\(number + 1000)") }
      }
    }
  }

  @Test(arguments: RealServer.all) func aNewToolIsFoundWhenItIsToldOf(real: RealServer) async throws {
    try await real.run { (server, _) async throws in
      _ = try await server.tools()
      _ = try await server.call("grow")
      #expect(try await comesTrue { try await server.tools().contains { $0.name == "grown" } })
      #expect(try await server.call("grown").text == "done")
    }
  }

  @Test(arguments: RealServer.all) func aServerThatDiesInACallIsThereForTheNext(real: RealServer) async throws {
    try await real.run { (server, process) async throws in
      _ = try await server.tools()
      let error = await #expect(throws: MCPError.self) { try await server.call("crash") }
      #expect(error?.code == .ended)
      if let process {
        process.kill()
        await #expect(throws: MCPError.self) { try await server.call("add", [("a", 1), ("b", 1)]) }
        try process.startAgain()
      }
      #expect(try await server.call("add", [("a", 20), ("b", 22)]).text == "42")
    }
  }

  @Test(arguments: RealServer.noticing) func aCallThatNobodyWaitsForIsCancelled(real: RealServer) async throws {
    try await real.run { (server, _) async throws in
      let call = Task { try await server.call("wait") }
      try await server.call("counts") { $0 == "1 waiting, 0 cancelled" }
      call.cancel()
      await #expect(throws: CancellationError.self) { try await call.value }
      try await server.call("counts") { $0 == "0 waiting, 1 cancelled" }
    }
  }

  @Test(arguments: RealServer.noticing) func aCallThatTakesTooLongIsCancelled(real: RealServer) async throws {
    try await real.run { (server, _) async throws in
      _ = try await server.tools()
      // As long as it takes to come to it; the others have all the time.
      let error = await #expect(throws: MCPError.self) { try await server.call("wait", within: 3000) }
      #expect(error?.code == .timedOut)
      try await server.call("counts") { $0 == "0 waiting, 1 cancelled" }
    }
  }

  @Test(arguments: RealServer.all.filter { $0.way == .stdio })
  func aProcessSeesNoVariableThatItIsNotGiven(real: RealServer) async throws {
    try await real.run(variables: [real.version.rawValue]) { (server, _) async throws in
      let names = Set(try await server.call("environment").text.split(separator: " ").map(String.init))
      let other = RealServer.Version.allCases.filter { $0 != real.version }.map(\.rawValue)
      #expect(names.contains("PATH") && names.contains(real.version.rawValue))
      #expect(names.subtracting(ServerCommand.common + [real.version.rawValue, "LC_CTYPE"]) == [])
      #expect(names.isDisjoint(with: other))
    }
  }

  @Test(arguments: RealServer.all.filter { $0.way != .stdio })
  func aKeyOpensWhatIsClosedWithoutIt(real: RealServer) async throws {
    try await real.run(token: "right", key: "right") { (server, _) async throws in
      #expect(try await server.call("add", [("a", 1), ("b", 1)]).text == "2")
    }
    try await real.run(token: "right", key: "wrong") { (server, _) async throws in
      let error = await #expect(throws: MCPError.self) { try await server.tools() }
      #expect(error?.code == .unauthorized)
      #expect("\(error as Any)".contains("wrong") == false)
    }
  }
}
