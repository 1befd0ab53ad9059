import Glibc
import JSONWire
import Postgres
import SeededRandom
import SkeinTestKit
import Store
import Testing

/// Many people on several sites, who try each other's sessions at random: nobody is ever shown a word of another, and
/// what is not one's own is answered as what is not there.
@Suite struct ForeignSessionsTests {
  /// Somebody who owns sessions on a site, each of which speaks of its owner's mark.
  struct Person: Sendable {
    let site: String
    let token: String
    let mark: String
    var sessions: [(id: String, question: String)] = []
  }

  /// How many requests; more by SKEIN_REQUESTS.
  private static let requests = getenv("SKEIN_REQUESTS").flatMap { Int(String(cString: $0)) } ?? 20_000
  private static let walkers = 8

  @Test func nobodyIsShownAnothersWord() async throws {
    try await TestServer.with { server in
      var generator = SeededGenerator("foreign sessions")
      let people = try await Self.populate(server)
      let share = Self.requests / Self.walkers
      let kinds = try await withThrowingTaskGroup(of: [String: Int].self) { group in
        for _ in 0..<Self.walkers {
          let seed = generator.next()
          group.addTask {
            var random = SeededGenerator(seed: seed)
            let http = try await server.http()
            var counts: [String: Int] = [:]
            for _ in 0..<share { counts[try await Self.step(people, http, &random), default: 0] += 1 }
            return counts
          }
        }
        return try await group.reduce(into: [String: Int]()) { $0.merge($1) { $0 + $1 } }
      }
      print("foreign sessions: \(kinds.sorted { $0.key < $1.key })")
      #expect(kinds.values.reduce(0, +) == share * Self.walkers)
      // Neither is anything gone, or said by another.
      for person in people {
        let http = try await server.http()
        for session in person.sessions {
          let told = try await http.ask(
            "GET", "/v1/sessions/\(session.id)?site=\(person.site)&messages=10", token: person.token)
          #expect(told.status == 200 && told.json["message_count"] == 2)
          #expect(told.json["title"]?.string?.contains(person.mark) == true)
        }
      }
    }
  }

  /// Four sites with five people each, of whom each has two sessions.
  private static func populate(_ server: TestServer) async throws -> [Person] {
    let sites = try await server.sites { book in
      var keys: [String] = []
      for number in 0..<4 {
        var change = SiteChange()
        (change.name, change.agent, change.allowsMissingOrigin) = ("Site \(number)", "script", true)
        keys.append(try await book.create(change).key)
      }
      return keys
    }
    var people: [Person] = []
    for number in 0..<20 {
      var person = Person(site: sites[number % 4], token: Identity.token(), mark: "mark\(1000 + number)owner")
      for _ in 0..<2 {
        let id = Identity.random().session
        let question = JSONValue.messageID()
        // The site is there as soon as the server has noticed it.
        let isAsked = try await comesTrue {
          try await server.http().ask(
            "POST", "/v1/sessions/\(id)/messages?site=\(person.site)",
            ["id": .string(question), "content": .string("\(person.mark) asks")], token: person.token
          ).status == 202
        }
        #expect(isAsked)
        let titled = try await server.http().ask(
          "PATCH", "/v1/sessions/\(id)?site=\(person.site)", ["title": .string("\(person.mark) title")],
          token: person.token)
        #expect(titled.status == 200)
        person.sessions.append((id, question))
      }
      people.append(person)
    }
    for person in people {
      for session in person.sessions {
        let isAnswered = try await comesTrue {
          let told = try await server.http().ask(
            "GET", "/v1/sessions/\(session.id)?site=\(person.site)", token: person.token)
          return told.json["message_count"] == 2
        }
        #expect(isAnswered)
      }
    }
    return people
  }

  /// One request of somebody for a session of anybody.
  /// - Returns: what kind it was.
  private static func step(
    _ people: [Person], _ http: HTTPTestClient, _ random: inout SeededGenerator
  ) async throws -> String {
    guard let asker = people.randomElement(using: &random), let owner = people.randomElement(using: &random),
      let target = owner.sessions.randomElement(using: &random)
    else { return "none" }
    // The key of a site is no secret: whoever asks may name any.
    let site = Bool.random(using: &random) ? asker.site : people.randomElement(using: &random)?.site ?? asker.site
    let isOwn = asker.token == owner.token && site == owner.site
    let path = "/v1/sessions/\(target.id)"
    let requests: [(kind: String, method: String, path: String, content: JSONValue?, makesSession: Bool)] = [
      ("get", "GET", path + "?messages=5", nil, false), ("messages", "GET", path + "/messages?limit=5", nil, false),
      ("export", "GET", path + "/export?format=ndjson", nil, false),
      ("list", "GET", "/v1/sessions?limit=100", nil, false),
      ("find", "GET", "/v1/sessions?q=\(owner.mark)", nil, false),
      ("search", "GET", "/v1/search?q=\(owner.mark)", nil, false),
      ("patch", "PATCH", path, ["context": ["by": .string(asker.mark)]], false),
      ("delete", "DELETE", path, nil, false),
      ("rate", "PUT", path + "/messages/\(target.question)/feedback", ["rating": "up"], false),
      ("send", "POST", path + "/messages", ["id": .string(target.question), "content": "mine"], true),
      ("stop", "POST", path + "/stop", [:], true), ("ticket", "POST", path + "/tickets", nil, true),
      (
        "retry", "POST", path + "/retry",
        ["message": .string(target.question), "id": .string(JSONValue.messageID())], true
      ),
    ]
    guard let request = requests.randomElement(using: &random), !(isOwn && request.kind == "delete") else {
      return "left out"
    }
    func located(_ path: String) -> String { path + (path.contains("?") ? "&" : "?") + "site=\(site)" }
    let told = try await http.ask(request.method, located(request.path), request.content, token: asker.token)
    let text = String(decoding: told.body, as: UTF8.self)
    for other in people where other.token != asker.token {
      // A title or a message of another: what was searched for is not told back.
      #expect(!text.contains(other.mark), "\(request.kind) of \(other.mark) by \(asker.mark)")
    }
    guard request.kind != "list", request.kind != "find", request.kind != "search" else {
      if site != asker.site { #expect(!text.contains(asker.mark), "\(request.kind) on another site") }
      return request.kind
    }
    if isOwn {
      // While it is answered, or while something waits behind it, a question is not answered anew.
      let isBusy = request.kind == "retry" && told.status == 409
      #expect(
        told.status < 300 || told.status == 400 || told.status == 404 || isBusy, "own \(request.kind): \(told.status)")
      if request.kind == "get" { #expect(text.contains(asker.mark)) }
      return "own \(request.kind)"
    }
    if request.makesSession {
      // Where nobody has it, it would be made.
      #expect(told.status == 401, "\(request.kind): \(told.status)")
    } else {
      let absent = request.path.replacing(target.id, with: Identity.random().session)
      let unknown = try await http.ask(request.method, located(absent), request.content, token: asker.token)
      #expect(told.status == 404 && unknown.status == 404 && told.body == unknown.body, "\(request.kind)")
    }
    return request.kind
  }

  /// A hundred websites with twenty visitors each, all at once, over WebSockets.
  @Test func aHundredSitesAtOnce() async throws {
    try await TestServer.with(agents: ["remembering": RememberingAgent()]) { server in
      let sites = try await server.sites { book in
        var keys: [String] = []
        for number in 0..<100 {
          var change = SiteChange()
          (change.name, change.agent, change.allowsMissingOrigin) = ("Site \(number)", "remembering", true)
          keys.append(try await book.create(change).key)
        }
        return keys
      }
      #expect(try await server.eventually(site: try #require(sites.last), origin: nil, is: nil))
      let answers = try await withThrowingTaskGroup(of: Int.self) { group in
        for (number, site) in sites.enumerated() {
          group.addTask {
            var answers = 0
            var clients: [ChatClient] = []
            for visitor in 0..<20 {
              let client = try await server.connect(site: site, origin: nil)
              try await client.hello(.random())
              #expect(try await client.ask("My name is Visitor \(visitor) of \(number).").text == "I see.")
              clients.append(client)
            }
            for (visitor, client) in clients.enumerated() {
              let answer = try await client.ask("What is my name?").text
              #expect(answer == "Your name is Visitor \(visitor) of \(number).")
              answers += 1
              await client.drop()
            }
            return answers
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(answers == 2000)
      let stored = try await server.query(
        "SELECT count(*), count(DISTINCT site_id) FROM sessions WHERE message_count = 4")
      #expect(try stored.int(0, 0) == 2000 && stored.int(0, 1) == 100)
    }
  }
}
