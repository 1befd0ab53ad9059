import HTTPWire

/// All that can be asked for over plain HTTP but files. Each route has its entry in `Public/openapi.json`.
struct RouteTable: Sendable {
  static let shared = RouteTable(
    Route.health + Route.conversation + Route.sessions + Route.search + Route.export + Route.logins + Route.accounts
      + Route.users + Route.agents + Route.analytics + Route.databases + Route.documents
      + Route.aliases + Route.assistant + Route.foreignLogins)

  let routes: [Route]

  init(_ routes: [Route]) { self.routes = routes }

  /// The routes of a path, and its values; a path that is fixed goes before one that is any.
  func routes(at path: [String]) -> [(route: Route, values: [String: String])] {
    let found = routes.compactMap { route in route.match(path).map { (route, $0) } }
    guard let fewest = found.map(\.1.count).min() else { return [] }
    return found.filter { $0.1.count == fewest }
  }

  /// The methods of some routes, for the field `Allow`.
  static func methods(of routes: [Route]) -> String {
    routes.flatMap { $0.method == .get ? ["GET", "HEAD"] : [$0.method.name] }.joined(separator: ", ")
  }
}
