import JSONWire
import MySQL
import ProxyWire
import SkeinTestKit
import Testing

@testable import Server

/// A MariaDB asked through the server, and results downloaded.
@Suite(.serialized) struct MariaDBRoutesTests {
  private static func fields(_ database: String) throws -> JSONValue {
    [
      "type": "mariadb", "host": "127.0.0.1", "port": .int(Int64(try SecondMariaDB.shared().port)),
      "database": .string(database), "user": .string(SecondMariaDB.user), "password": .string(SecondMariaDB.password),
    ]
  }

  /// A database with a table of people.
  private static func database() async throws -> String {
    let second = try SecondMariaDB.shared()
    let address = try #require(IPAddress("127.0.0.1"))
    let owner = try MySQLSession.make(
      MySQLTarget(
        address: address, host: "localhost", port: second.port, user: SecondMariaDB.user,
        password: SecondMariaDB.password, database: "mysql", tls: .off),
      timeout: 30_000)
    try await owner.open()
    for statement in [
      "CREATE OR REPLACE DATABASE shop", "USE shop",
      "CREATE TABLE sales (id int PRIMARY KEY, country varchar(40), amount decimal(8, 2), sold_on date, `order` int)",
      """
      INSERT INTO sales SELECT seq, ELT(1 + seq % 3, 'Austria', '=HYPERLINK("http://x")', 'Côte d''Ivoire'), seq * 1.5,
        DATE '2024-01-01' + INTERVAL seq DAY, seq FROM seq_1_to_30
      """,
    ] { try await owner.query(statement) }
    await owner.close()
    return "shop"
  }

  @Test func aMariaDBIsAskedAndItsResultDownloaded() async throws {
    try await DatabaseRoutesTests.withServer { server, http in
      let (mine, other) = (Identity.random(), Identity.random())
      let made = try await http.ask(
        "POST", "/v1/databases", try Self.fields(try await Self.database()), token: mine.token)
      #expect(made.status == 201 && made.json["type"] == "mariadb" && made.json["samples"] == false, "\(made.text)")
      let id = try #require(made.json["id"]?.string)
      let tested = try await http.ask("POST", "/v1/databases/\(id)/test", token: mine.token)
      #expect(tested.json["version"]?.string?.contains("MariaDB") == true, "\(tested.text)")
      for identity in [mine, other] {
        let content: JSONValue = ["id": .string(identity.session), "agent": "sql"]
        #expect(try await http.ask("POST", "/v1/sessions", content, token: identity.token).status == 201)
      }
      let place = "/v1/sessions/\(mine.session)"
      let connected = try await http.ask("PUT", place + "/database", ["database": .string(id)], token: mine.token)
      #expect(connected.status == 200, "\(connected.text)")

      let client = try await server.client(mine, agent: nil)
      for (question, part) in [
        ("show tables", "sales"), ("columns of sales", "| country |"), ("how many sales", "| 30 |"),
        ("sales where country is Austria", "Austria"), ("sales where country contains '%'", "0 rows"),
        ("5 newest sales", "2024-01-31"), ("cheapest sales by amount", "1.50"), ("sales by order", "`order`"),
        ("sales where country is \\' OR 1=1 -- ", "0 rows"), ("SELECT COUNT(*) FROM sales -- all", "| 30 |"),
        ("DELETE FROM sales", "Only statements that read"), ("total amount of sales by country", "Austria"),
      ] {
        let answer = try await client.ask(question)
        let text = String(decoding: answer.content, as: UTF8.self)
        #expect(text.contains(part), "\(question): \(text)")
      }
      let messages = try await http.ask("GET", place + "/messages", token: mine.token)
      let last = try #require(messages.json["messages"]?.array?.last)
      let result = try #require(last["tools"]?[0]?["result"], "\(messages.text)")
      #expect(result["row_count"] == 3 && result["chart"]?["kind"] == "bar" && result["chart"]?["y"] == [1])

      // As it was kept, for its owner alone.
      let message = try #require(last["id"]?.string)
      let path = "\(place)/messages/\(message)/results/1.csv"
      let csv = try await http.ask("GET", path, token: mine.token)
      #expect(csv.status == 200 && csv["content-type"] == "text/csv; charset=utf-8; header=present")
      #expect(csv["content-disposition"] == "attachment; filename=\"result-1.csv\"")
      #expect(csv.text.hasPrefix("\u{FEFF}country,sum(amount)\r\n"), "\(csv.text)")
      #expect(csv.text.contains("\"'=HYPERLINK(\"\"http://x\"\")\",") && csv.text.contains("Côte d'Ivoire,"))
      #expect(csv.text.split(separator: "\r\n").count == 4)
      #expect(try await http.ask("GET", path, token: other.token).status == 404)
      for bad in ["2.csv", "0.csv", "01.csv", "1", "1.txt", "1.csv.csv", "-1.csv", "%2e.csv"] {
        let answer = try await http.ask("GET", "\(place)/messages/\(message)/results/\(bad)", token: mine.token)
        #expect(answer.status == 404, "\(bad)")
      }
      let nothing = try await http.ask("GET", "\(place)/messages/x/results/1.csv", token: mine.token)
      #expect(nothing.status == 404)
    }
  }
}
