import HTTPWire
import Testing

@Suite struct HTTPRequestHeadTests {
  @Test func fieldsAreFoundInAnyCase() throws {
    let head = try head(
      "POST /p HTTP/1.1\r\nhOST: a\r\nAccept: text/html, text/Plain;q=1\r\nACCEPT: x/y\r\nConnection: a ,Close,,\tb\r\n\r\n"
    )
    #expect(head.fields["host"] == "a" && head.fields["nothing"] == nil)
    #expect(head.fields.combined("accept") == "text/html, text/Plain;q=1, x/y")
    #expect(head.fields.elements("accept") == ["text/html", "text/Plain;q=1", "x/y"])
    #expect(head.fields.count(of: "accept") == 2 && head.fields.count == 4)
    #expect(head.fields.list("connection", contains: "close") && head.fields.list("connection", contains: "b"))
    #expect(!head.fields.list("connection", contains: "clos"))
    #expect(head.method == .post && head.methodText == "POST" && head.version == .http11)
  }

  @Test(arguments: [
    ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close\r\n", false),
    ("HTTP/1.1", "Connection: x, CLOSE\r\n", false),
    ("HTTP/1.1", "Connection: keep-alive\r\n", true), ("HTTP/1.0", "", false),
    ("HTTP/1.0", "Connection: Keep-Alive\r\n", true), ("HTTP/1.0", "Connection: keep-alive, close\r\n", false),
    ("HTTP/1.9", "", true),
  ]) func keepAlive(version: String, field: String, expected: Bool) throws {
    #expect(try head("GET / \(version)\r\nHost: a\r\n\(field)\r\n").keepsAlive == expected)
  }

  @Test(arguments: [
    ("HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 3\r\n", true),
    ("HTTP/1.1", "Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n", true),
    ("HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 0\r\n", false),
    ("HTTP/1.1", "Expect: 100-continue\r\n", false),
    ("HTTP/1.0", "Expect: 100-continue\r\nContent-Length: 3\r\n", false), ("HTTP/1.1", "Content-Length: 3\r\n", false),
  ]) func expectations(version: String, field: String, expected: Bool) throws {
    #expect(try head("PUT / \(version)\r\nHost: a\r\n\(field)\r\n").expectsContinue == expected)
  }

  @Test(
    arguments: [
      ("/", "/", nil, "h"), ("/a/b?c=d?e", "/a/b", "c=d?e", "h"), ("/a?", "/a", "", "h"),
      ("http://o:81/x?y", "/x", "y", "o:81"), ("HTTPS://O", "/", nil, "O"), ("http://[::1]?q", "/", "q", "[::1]"),
      ("/[a]|{b}^`", "/[a]|{b}^`", nil, "h"), ("/?a\\b", "/", "a\\b", "h"), ("//x/y", "//x/y", nil, "h"),
    ] as [(String, String, String?, String)])
  func targets(target: String, path: String, query: String?, authority: String) throws {
    let head = try head("GET \(target) HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(head.target == target && head.path == path && head.query == query && head.authority == authority)
  }

  @Test func formsOfTargets() throws {
    #expect(try head("GET / HTTP/1.1\r\nHost: h\r\n\r\n").targetForm == .origin)
    #expect(try head("GET http://a/ HTTP/1.1\r\nHost: h\r\n\r\n").targetForm == .absolute)
    #expect(try head("CONNECT a:1 HTTP/1.1\r\nHost: h\r\n\r\n").targetForm == .authority)
    #expect(try head("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").targetForm == .asterisk)
    #expect(try head("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").pathSegments == nil)
  }

  @Test(
    arguments: [
      ("/", [""]), ("/a", ["a"]), ("/a/b/", ["a", "b", ""]), ("/%61%20b/c+d", ["a b", "c+d"]), ("/%C3%A9", ["é"]),
      ("/...", ["..."]), ("/a//b", nil), ("//a", nil), ("/..", nil), ("/a/../b", nil), ("/.", nil), ("/a/./b", nil),
      ("/%2e%2E/a", nil), ("/a%2Fb", nil), ("/a%5Cb", nil), ("/a%00", nil), ("/%FF", nil), ("/%C0%AE", nil),
    ] as [(String, [String]?)]) func segmentsLeadNowhereElse(path: String, segments: [String]?) throws
  {
    #expect(try head("GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n").pathSegments == segments)
  }

  @Test(arguments: [("/%61%2Fb", "/a/b"), ("/a+b", "/a+b"), ("/%00", nil), ("/%FF", nil)] as [(String, String?)])
  func decodedPaths(path: String, expected: String?) throws {
    #expect(try head("GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n").decodedPath == expected)
  }

  @Test func queryItems() throws {
    let head = try head("GET /?a=1&b=x+y%26z&&c&=d&a=2&e=%C3%A9%FF=f HTTP/1.1\r\nHost: h\r\n\r\n")
    let items = head.queryItems.map { "\($0.name)=\($0.value)" }
    #expect(items == ["a=1", "b=x y&z", "c=", "=d", "a=2", "e=é\u{FFFD}=f"])
    #expect(head.queryValue("a") == "1" && head.queryValue("c") == "" && head.queryValue("z") == nil)
  }
}
