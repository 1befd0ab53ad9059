import Glibc
import HTTPWire
import JSONWire
import SkeinTestKit
import Testing

@testable import Server

/// The description of the interface, against the routes that there are.
@Suite struct OpenAPITests {
  private static func document() throws -> JSONValue {
    let path = TestServer.projectFolder + "/Public/openapi.json"
    let file = try #require(fopen(path, "r"))
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
    return try JSONValue(parsing: bytes)
  }

  private static func members(_ value: JSONValue?) -> [(name: String, value: JSONValue)] {
    guard case .object(let object)? = value else { return [] }
    return object.members.map { ($0.0, $0.1) }
  }

  /// `GET /v1/...` for each operation of the document.
  private static func operations(_ document: JSONValue) -> [String: JSONValue] {
    let methods = ["get", "put", "post", "patch", "delete"]
    var found: [String: JSONValue] = [:]
    for (path, item) in members(document["paths"]) {
      for (name, operation) in members(item) where methods.contains(name) {
        found["\(name.uppercased()) \(path)"] = operation
      }
    }
    return found
  }

  @Test func everyRouteIsDescribedAndNothingElse() throws {
    let described = Set(Self.operations(try Self.document()).keys)
    let served = Set(RouteTable.shared.routes.map { "\($0.method.name) \($0.path)" })
    #expect(served.subtracting(described) == [], "routes without an entry")
    #expect(described.subtracting(served) == [], "entries without a route")
    #expect(served.count == RouteTable.shared.routes.count, "a route is there twice")
  }

  @Test func everyOperationHasANameASummaryAndItsProblems() throws {
    let operations = Self.operations(try Self.document())
    var names: Set<String> = []
    for (name, operation) in operations {
      let isNew = names.insert(operation["operationId"]?.string ?? "").inserted
      #expect(isNew, "\(name): operationId")
      #expect(operation["summary"]?.string?.isEmpty == false, "\(name): summary")
      #expect(operation["tags"] != nil, "\(name): tags")
      #expect(operation["responses"]?["4XX"] != nil, "\(name): 4XX")
    }
  }

  /// A path's braces, its parameters, and the access that it needs say the same as the route.
  @Test func parametersAndAccessAreThoseOfTheRoutes() throws {
    let document = try Self.document()
    let operations = Self.operations(document)
    func resolved(_ value: JSONValue) -> JSONValue {
      guard let name = value["$ref"]?.string?.split(separator: "/").last else { return value }
      return document["components"]?["parameters"]?[String(name)] ?? .null
    }
    for route in RouteTable.shared.routes {
      let name = "\(route.method.name) \(route.path)"
      let operation = try #require(operations[name])
      var parameters: [JSONValue] = []
      for holder in [document["paths"]?[route.path], operation] {
        if case .array(let elements)? = holder?["parameters"] { parameters += elements.map(resolved) }
      }
      let isNamed = parameters.contains { $0["name"] == "Idempotency-Key" }
      #expect(isNamed == route.makes, "\(name): Idempotency-Key")
      let inPath = Set(parameters.filter { $0["in"] == "path" }.compactMap { $0["name"]?.string })
      let braces = Set(
        route.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) })
      #expect(inPath == braces, "\(name)")
      #expect((operation["requestBody"] != nil) == (route.content != .none), "\(name): requestBody")
      let isOpen: Bool
      switch route.access {
      case .owner, .sessions, .account: isOpen = false
      case .open, .page: isOpen = true
      }
      #expect((operation["security"] == .array([])) == isOpen, "\(name): security")
    }
  }

  @Test func theServerShowsIt() async throws {
    let response = try await TestServer.shared().http().get("/openapi.json")
    #expect(response.status == 200 && response["content-type"] == "application/json")
    #expect(response.json == (try Self.document()))
  }

  /// What is not asked for by its right method, or under no path that there is, is told so.
  @Test(arguments: RouteTable.shared.routes.map(\.path))
  func otherMethodsAreRefused(path: String) async throws {
    let http = try await TestServer.shared().http()
    let target = path.replacing("{id}", with: "0123456789abcdef")
    let routes = RouteTable.shared.routes.filter { $0.path == path }
    for method in [HTTPMethod.put, .patch, .delete, .trace] where !routes.contains(where: { $0.answers(method) }) {
      let response = try await http.get(target, method: method.name)
      #expect(response.status == 405, "\(method.name) \(path)")
      #expect(response["allow"] == RouteTable.methods(of: routes))
    }
  }
}
