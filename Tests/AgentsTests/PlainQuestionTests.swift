import SQLJudge
import Testing

@testable import Agents
@testable import Databases

/// Plain questions as SQL, and those that are not understood.
@Suite struct PlainQuestionTests {
  private static func column(
    _ name: String, _ type: String, key: Bool = false, reference: String? = nil
  ) -> DatabaseSchema.Column {
    DatabaseSchema.Column(
      name: name, type: type, isOptional: !key, isKey: key, reference: reference, comment: nil)
  }

  private static func table(_ name: String, schema: String = "public", _ columns: [DatabaseSchema.Column])
    -> DatabaseSchema.Table
  {
    DatabaseSchema.Table(schema: schema, name: name, isView: false, rows: nil, comment: nil, columns: columns)
  }

  private static let schema = DatabaseSchema(tables: [
    table(
      "customers",
      [
        column("id", "integer", key: true), column("name", "text"), column("country", "text"),
        column("is_active", "boolean"), column("created_at", "timestamp with time zone"),
      ]),
    table(
      "order_items",
      [
        column("id", "integer", key: true), column("order_id", "integer", reference: "orders.id"),
        column("quantity", "integer"), column("unit_price", "numeric(10,2)"),
      ]),
    table(
      "products",
      [
        column("id", "integer", key: true), column("name", "text"), column("price", "numeric(10,2)"),
        column("category", "text"),
      ]),
    table("Odd Table", schema: "sales", [column("Some Column", "text"), column("order", "integer")]),
  ])

  @Test(arguments: [
    ("show tables", "information_schema.tables"), ("Which tables are there?", "information_schema.tables"),
    ("List all tables in the database", "information_schema.tables"),
    ("columns of customers", "table_name = 'customers'"), ("describe products", "table_name = 'products'"),
    ("What are the fields of order items?", "table_name = 'order_items'"),
    ("rows of products", "SELECT * FROM products LIMIT 100"),
    ("Show me all customers in the database", "SELECT * FROM customers LIMIT 100"),
    ("list products", "SELECT * FROM products LIMIT 100"), ("customers", "SELECT * FROM customers LIMIT 100"),
    ("how many customers", "SELECT count(*) FROM customers"),
    ("How many customers are there?", "SELECT count(*) FROM customers"),
    ("count products", "SELECT count(*) FROM products"), ("number of order items", "SELECT count(*) FROM order_items"),
    ("how many customers by country?", "SELECT country, count(*) FROM customers GROUP BY country"),
    ("products by category", "SELECT category, count(*) FROM products GROUP BY category"),
    ("customers per country", "SELECT country, count(*) FROM customers GROUP BY country"),
    ("customers where country is DE", "WHERE country = 'DE'"),
    ("products where price above 10 and category is toys", "WHERE price > 10 AND category = 'toys'"),
    ("products where price <= 9.99", "WHERE price <= 9.99"),
    ("customers where is active is yes", "WHERE is_active = true"),
    ("customers where name contains 50%", "WHERE name ILIKE '%50\\%%'"),
    ("customers where country is null", "WHERE country IS NULL"),
    ("how many customers where country is not US", "SELECT count(*) FROM customers WHERE country <> 'US'"),
    ("customers where created at is after 2024-01-01", "WHERE created_at > '2024-01-01'"),
    ("newest customers", "ORDER BY created_at DESC NULLS LAST LIMIT 10"), ("5 newest customers", "LIMIT 5"),
    ("show the oldest customer", "ORDER BY created_at ASC LIMIT 10"), ("latest products", "ORDER BY id DESC"),
    ("largest products", "ORDER BY price DESC NULLS LAST LIMIT 10"),
    ("top 3 products by price", "ORDER BY price DESC NULLS LAST LIMIT 3"),
    ("cheapest products", "ORDER BY price ASC LIMIT 10"),
    ("total quantity of order items", "SELECT sum(quantity) FROM order_items"),
    ("average price of products by category", "SELECT category, avg(price) FROM products GROUP BY category"),
    ("odd table", "SELECT * FROM sales.\"Odd Table\""),
    ("Odd Table where Some Column is x", "WHERE \"Some Column\" = 'x'"),
    ("odd table by order", "SELECT \"order\", count(*) FROM sales.\"Odd Table\" GROUP BY \"order\""),
  ])
  func questionsAreUnderstood(question: String, part: String) async {
    guard case .sql(let sql, let meaning) = PlainQuestion.understand(question, Self.schema) else {
      Issue.record("\(question) is not understood")
      return
    }
    #expect(sql.contains(part), "\(question): \(sql)")
    #expect(!meaning.isEmpty)
    #expect(await SQLJudge.judge(sql).refusal == nil, "\(sql)")
    #expect(!PlainQuestion.looksLikeSQL(question))
  }

  @Test(arguments: [
    "hello", "what is the meaning of life?", "customers who bought the most", "delete all customers",
    "how many customers bought products", "customers where", "customers where shoe size is 3",
    "products where price is cheap",
    "customers by shoe size", "largest order items", "drop it", "customers; DROP TABLE customers", "newest",
    "rows of employees", "how many employees",
  ])
  func othersAreNot(question: String) {
    if case .sql(let sql, _) = PlainQuestion.understand(question, Self.schema) {
      Issue.record("\(question) was taken for \(sql)")
    }
  }

  /// The same schema as MySQL would have it.
  private static let mysql = DatabaseSchema(
    tables: [
      DatabaseSchema.Table(
        schema: "", name: "odd order", isView: false, rows: nil, comment: nil,
        columns: [
          column("id", "int(11)", key: true), column("name", "varchar(100)"), column("is_paid", "tinyint(1)"),
          column("amount", "decimal(10,2) unsigned"), column("placed_at", "datetime(6)"), column("rank", "text"),
        ], engine: .mysql)
    ], engine: .mysql)

  @Test(arguments: [
    ("show tables", "table_schema = database()"), ("columns of odd order", "table_name = 'odd order'"),
    ("rows of odd orders", "SELECT * FROM `odd order` LIMIT 100"),
    ("odd order by rank", "SELECT `rank`, count(*) FROM `odd order` GROUP BY `rank`"),
    ("odd orders where name contains 50%", "WHERE name LIKE '%50\\\\%%'"),
    ("odd orders where is paid is yes", "WHERE is_paid = true"),
    ("odd orders where amount over 5", "WHERE amount > 5"),
    ("newest odd orders", "ORDER BY placed_at DESC LIMIT 10"),
    ("oldest odd orders", "ORDER BY placed_at IS NULL, placed_at ASC LIMIT 10"),
    ("largest odd orders", "ORDER BY amount DESC LIMIT 10"),
    ("total amount of odd orders by name", "GROUP BY name ORDER BY 2 DESC LIMIT 100"),
  ])
  func questionsAreUnderstoodForMySQL(question: String, part: String) {
    guard case .sql(let sql, _) = PlainQuestion.understand(question, Self.mysql) else {
      Issue.record("\(question) is not understood")
      return
    }
    #expect(sql.contains(part), "\(question): \(sql)")
    #expect(MySQLJudge.judge(sql).refusal == nil, "\(sql)")
  }

  /// Whatever a value holds, it is one literal.
  @Test(arguments: ["'", "''", "x'; DROP TABLE customers; --", "\\", "a\\' OR 1=1", "\\\\'", "é", "%_", "/*!*/", "@x"])
  func valuesStayValuesForMySQL(value: String) throws {
    guard case .sql(let sql, _) = PlainQuestion.understand("odd order where name is \(value)", Self.mysql) else {
      return
    }
    let statement = try #require(MySQLJudge.judge(sql).statement, "\(sql)")
    #expect(statement.tables == ["odd order"] && statement.text == sql)
  }

  @Test func anUnknownTableIsToldApart() {
    #expect(PlainQuestion.understand("how many employees", Self.schema) == .unknownTable)
    #expect(PlainQuestion.understand("hello", Self.schema) == .nothing)
  }

  /// Whatever a value holds, it is one literal.
  @Test(arguments: ["'", "''", "x'; DROP TABLE customers; --", "\\", "a\\' OR 1=1", "$$", "é", "%_"])
  func valuesStayValues(value: String) async throws {
    let question = "customers where name is \(value)"
    guard case .sql(let sql, _) = PlainQuestion.understand(question, Self.schema) else { return }
    let statement = try #require(await SQLJudge.judge(sql).statement, "\(sql)")
    #expect(statement.tables == ["customers"])
  }

  @Test(arguments: [
    "SELECT 1", "select * from x", "WITH a AS (SELECT 1) TABLE a", "  explain select 1", "DELETE FROM x",
    "drop table x",
    "update x set a = 1", "INSERT INTO x VALUES (1)", "-- hi\nSELECT 1", "/* hi */ SELECT 1", "(select 1)",
    "SHOW server_version",
    "truncate x", "BEGIN;", "COPY x FROM '/etc/passwd'",
  ])
  func statementsAreToldFromWords(text: String) {
    #expect(PlainQuestion.looksLikeSQL(text))
  }
}
