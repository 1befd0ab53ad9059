import Glibc
import HTTPClient
import JSONWire
import Log
import Processes
import Reactor
import SkeinTestKit
import Testing

@testable import MCP

/// A server made with the package `mcp`, of one of its two versions, and the way to it.
struct RealServer: Sendable, CustomTestStringConvertible {
  /// The versions, by the variable that names an interpreter which has them.
  enum Version: String, CaseIterable {
    case modern = "SKEIN_MCP_PYTHON"
    case legacy = "SKEIN_MCP_LEGACY_PYTHON"

    var interpreter: String? { getenv(rawValue).map { String(cString: $0) } }
    var script: String { Self.folder + (self == .modern ? "/MCP/server.py" : "/MCPLegacy/server.py") }

    private static let folder = #filePath.split(separator: "/").dropLast(2).map { "/\($0)" }.joined()
  }

  enum Way: String, CaseIterable {
    case stdio, events, json
  }

  let version: Version
  let way: Way

  var testDescription: String { "\(version) \(way)" }

  /// Those that can be had here.
  static let all = Version.allCases.filter { $0.interpreter != nil }.flatMap { version in
    Way.allCases.map { RealServer(version: version, way: $0) }
  }
  /// Those that notice when nobody waits for an answer any more: as JSON, the second version does not look.
  static let noticing = all.filter { $0.version == .legacy || $0.way != .json }
  static let unavailable: Comment =
    "no Python has the package: Scripts/test makes one and names it in SKEIN_MCP_PYTHON and SKEIN_MCP_LEGACY_PYTHON"

  /// Has one there for as long as `body` takes.
  func run(
    limits: MCPLimits = MCPLimits(), variables: [String] = [], token: String? = nil, key: String? = nil,
    _ body: (MCPServer, HTTPProcess?) async throws -> Void
  ) async throws {
    let interpreter = try #require(version.interpreter)
    let loop = try TestLoop.shared()
    let log = Logger("test", level: .error)
    let clients = HTTPClients([loop])
    var process: HTTPProcess?
    let server: MCPServer
    let places = ProcessPlaces(1)
    if way == .stdio {
      let command = ServerCommand([interpreter, "-B", version.script], variables: variables)
      server = MCPServer("real", by: .process(command, places), limits: limits, on: loop, log: log)
    } else {
      var arguments = [interpreter, "-B", version.script] + (way == .json ? ["--json"] : [])
      if let token { arguments += ["--token", token] }
      let made = try HTTPProcess(arguments)
      process = made
      let endpoint = MCPEndpoint("http://127.0.0.1:\(made.port)/mcp") { () in
        key.map { [("Authorization", "Bearer \($0)")] } ?? []
      }
      server = MCPServer("real", by: .http(endpoint, clients), limits: limits, on: loop, log: log)
    }
    do {
      try await body(server, process)
    } catch {
      Issue.record(error)
    }
    await server.close()
    await clients.close()
    process?.kill()
    // Nothing of it is left.
    #expect(places.count == 0)
  }
}

/// The process of a server that is reached by HTTP.
final class HTTPProcess: @unchecked Sendable {
  let port: Int
  private let arguments: [String]
  private var pid: pid_t

  init(_ arguments: [String]) throws {
    self.arguments = arguments
    (pid, port) = try Self.start(arguments, port: 0)
  }

  /// Ends it as a crash would.
  func kill() {
    guard pid > 0 else { return }
    Glibc.kill(-pid, SIGKILL)
    _ = ChildProcess.wait(for: pid)
    pid = 0
  }

  /// Has another one at the same port.
  func startAgain() throws { (pid, _) = try Self.start(arguments, port: port) }

  private static func start(_ arguments: [String], port: Int) throws -> (pid_t, Int) {
    let pipe = try Pipe()
    let path = getenv("PATH").map { "PATH=\(String(cString: $0))" } ?? "PATH=/usr/bin:/bin"
    let pid = try ChildProcess.start(
      arguments + ["--http", "\(port)"], environment: [path], output: pipe.writing.raw)
    let reading = pipe.takeReading()
    var text: [UInt8] = []
    var byte: UInt8 = 0
    while read(reading.raw, &byte, 1) == 1, byte != 0x0A { text.append(byte) }
    let number = Int(String(decoding: text, as: UTF8.self))
    return (pid, try #require(number, "the server says where it listens"))
  }
}

extension MCPServer {
  /// Calls a tool by its name.
  /// - Parameter milliseconds: how long it may take; nil: as long as the limits say.
  func call(
    _ name: String, _ arguments: [(String, JSONValue)] = [], within milliseconds: UInt64? = nil
  ) async throws -> MCPResult {
    let found = try await tools().first { $0.name == name }
    let tool = try #require(found, "there is a tool \(name)")
    return try await call(tool, JSONObject(arguments), within: milliseconds)
  }

  /// Calls a tool until its text is as it should be.
  func call(_ name: String, until isThere: (String) -> Bool) async throws {
    var text = ""
    let isSo = try await comesTrue {
      text = try await call(name).text
      return isThere(text)
    }
    #expect(isSo, "\(name) says \(text)")
  }
}
