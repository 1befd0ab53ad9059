import Glibc
import HTTPWire
import Server
import SkeinTestKit
import Testing

/// The files of Public/ and the documents, over real sockets.
@Suite struct FileServerTests {
  /// A home folder with a few files, and beside it what must not be reached.
  private static func withFolder(_ body: (TestServer, String) async throws -> Void) async throws {
    let folder = try TemporaryFolder.make("skein-files")
    defer { TemporaryFolder.remove(folder) }
    for name in ["home", "home/Public", "home/Public/deep", "home/Public/.git", "home/docs", "home/Public-secret"] {
      mkdir("\(folder)/\(name)", 0o755)
    }
    symlink(TestServer.projectFolder + "/Migrations", "\(folder)/home/Migrations")
    for (name, text) in [
      ("Public/index.html", "<!doctype html><title>Index</title>"), ("Public/deep/index.html", "deep index"),
      ("Public/digits.txt", "0123456789"), ("Public/empty.css", ""), ("Public/app.mjs", "export {}\n"),
      ("Public/large.js", String(repeating: "let answer = 42;\n", count: 1000)), ("Public/a b.txt", "blank"),
      ("Public/né.txt", "accent"), ("Public/image.svg", "<svg/>"), ("Public/data.bin", "\u{0}\u{1}"),
      ("Public/.hidden", "secret"), ("Public/.git/config", "secret"), ("secret.txt", "secret"),
      ("Public-secret/x.txt", "secret"), ("README.md", "# Read me"), ("docs/page.md", "# Page"),
      ("docs/.draft.md", "secret"), ("Package.swift", "secret"),
    ] { try write(text, to: "\(folder)/home/\(name)") }
    symlink("\(folder)/home/secret.txt", "\(folder)/home/Public/link.txt")
    symlink("..", "\(folder)/home/Public/up")
    symlink("digits.txt", "\(folder)/home/Public/inside.txt")
    mkfifo("\(folder)/home/Public/fifo.txt", 0o644)
    try await TestServer.with({ $0.home = folder + "/home" }) { try await body($0, folder + "/home/Public") }
  }

  private static func write(_ text: String, to path: String) throws {
    let file = try #require(fopen(path, "wb"))
    fwrite(Array(text.utf8), 1, text.utf8.count, file)
    fclose(file)
  }

  @Test func filesAndTheirTypes() async throws {
    try await Self.withFolder { server, _ in
      let client = try await HTTPTestClient.connect(to: server.port)
      for (path, type, text) in [
        ("/", "text/html; charset=utf-8", "<!doctype html><title>Index</title>"),
        ("/index.html", "text/html; charset=utf-8", "<!doctype html><title>Index</title>"),
        ("/?query=1", "text/html; charset=utf-8", "<!doctype html><title>Index</title>"),
        ("/deep/", "text/html; charset=utf-8", "deep index"), ("/empty.css", "text/css; charset=utf-8", ""),
        ("/app.mjs", "text/javascript; charset=utf-8", "export {}\n"), ("/image.svg", "image/svg+xml", "<svg/>"),
        ("/a%20b.txt", "text/plain; charset=utf-8", "blank"), ("/n%C3%A9.txt", "text/plain; charset=utf-8", "accent"),
        ("/data.bin", "application/octet-stream", "\u{0}\u{1}"),
        ("/inside.txt", "text/plain; charset=utf-8", "0123456789"),
        ("/README.md", "text/markdown; charset=utf-8", "# Read me"),
        ("/docs/page.md", "text/markdown; charset=utf-8", "# Page"),
      ] {
        let response = try await client.get(path)
        #expect(response.status == 200, "\(path)")
        #expect(response["content-type"] == type)
        #expect(response.text == text)
        #expect(response["x-content-type-options"] == "nosniff")
        #expect(response["accept-ranges"] == "bytes")
        #expect(response["etag"]?.hasPrefix("\"") == true)
      }
    }
  }

  @Test func noWayOut() async throws {
    try await Self.withFolder { server, _ in
      for path in [
        "/..", "/../secret.txt", "/deep/../../secret.txt", "/%2e%2e/secret.txt", "/%2E%2E%2Fsecret.txt",
        "/..%2fsecret.txt", "/deep/..%5c..%5csecret.txt", "/.%2e/secret.txt", "/./index.html", "//secret.txt",
        "//etc/passwd", "/deep//index.html", "/link.txt", "/up/secret.txt", "/.hidden",
        "/.git/config", "/%2ehidden", "/index.html/", "/index.html%00.txt", "/fifo.txt", "/deep", "/nothing.txt",
        "/docs/../Package.swift", "/docs/%2e%2e/secret.txt", "/docs/.draft.md", "/Package.swift", "/secret.txt",
        "/docs/", "/README.md/x", "/../Public-secret/x.txt", "/%ff", "/docs%2fpage.md",
      ] {
        let client = try await HTTPTestClient.connect(to: server.port)
        let response = try await client.get(path)
        #expect(response.status == 404, "\(path)")
        #expect(!response.text.contains("secret"))
      }
    }
  }

  @Test func unchangedFiles() async throws {
    try await Self.withFolder { server, folder in
      let client = try await HTTPTestClient.connect(to: server.port)
      let first = try await client.get("/digits.txt")
      let (tag, date) = (try #require(first["etag"]), try #require(first["last-modified"]))
      for fields in [
        "If-None-Match: \(tag)\r\n", "If-None-Match: \"x\", W/\(tag)\r\n", "If-None-Match: *\r\n",
        "If-Modified-Since: \(date)\r\n",
      ] {
        let response = try await client.get("/digits.txt", fields: fields)
        #expect(response.status == 304)
        #expect(response.body == [])
        #expect(response["etag"] == tag)
        #expect(response["content-length"] == nil)
      }
      for fields in [
        "If-None-Match: \"other\"\r\n", "If-None-Match: \"x\"\r\nIf-Modified-Since: \(date)\r\n",
        "If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT\r\n", "If-Modified-Since: yesterday\r\n",
      ] { #expect(try await client.get("/digits.txt", fields: fields).status == 200) }
      // A change of the same length within the same second is a change.
      for text in ["9876543210", "0000000000", "1111111111"] {
        try Self.write(text, to: folder + "/digits.txt")
        let changed = try await client.get("/digits.txt", fields: "If-None-Match: \(tag)\r\n")
        #expect(changed.text == text)
      }
      unlink(folder + "/digits.txt")
      #expect(try await client.get("/digits.txt").status == 404)
    }
  }

  @Test func partsOfFiles() async throws {
    try await Self.withFolder { server, _ in
      let client = try await HTTPTestClient.connect(to: server.port)
      for (range, text, told) in [
        ("bytes=0-0", "0", "bytes 0-0/10"), ("bytes=2-4", "234", "bytes 2-4/10"), ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"), ("bytes=-99", "0123456789", "bytes 0-9/10"),
        ("bytes=8-99999999999999999999", "89", "bytes 8-9/10"),
      ] {
        let response = try await client.get("/digits.txt", fields: "Range: \(range)\r\nAccept-Encoding: gzip\r\n")
        #expect(response.status == 206)
        #expect(response.text == text)
        #expect(response["content-range"] == told)
      }
      for range in ["bytes=10-", "bytes=11-12", "bytes=-0"] {
        let response = try await client.get("/digits.txt", fields: "Range: \(range)\r\n")
        #expect(response.status == 416)
        #expect(response["content-range"] == "bytes */10")
      }
      for range in ["bytes=4-2", "bytes=a-b", "bytes=-", "lines=0-1", "bytes=0-1,3-4", "bytes", "bytes=1--2"] {
        let response = try await client.get("/digits.txt", fields: "Range: \(range)\r\n")
        #expect(response.status == 200)
        #expect(response.text == "0123456789")
      }
      let whole = try await client.get("/digits.txt")
      let (tag, date) = (try #require(whole["etag"]), try #require(whole["last-modified"]))
      for (condition, status) in [
        (tag, 206), (date, 206), ("\"other\"", 200), ("W/\(tag)", 200), ("Sat, 01 Jan 2000 00:00:00 GMT", 200),
      ] {
        let fields = "Range: bytes=1-2\r\nIf-Range: \(condition)\r\n"
        #expect(try await client.get("/digits.txt", fields: fields).status == status)
      }
      #expect(try await client.get("/empty.css", fields: "Range: bytes=0-\r\n").status == 416)
      // A HEAD is not asked for a part.
      let head = try await client.get("/digits.txt", method: "HEAD", fields: "Range: bytes=1-2\r\n")
      #expect(head.status == 200)
      #expect(head["content-length"] == "10")
    }
  }

  @Test func gzipWhereItHelps() async throws {
    try await Self.withFolder { server, _ in
      let client = try await HTTPTestClient.connect(to: server.port)
      let plain = try await client.get("/large.js")
      #expect(plain["content-encoding"] == nil)
      #expect(plain["vary"] == "Accept-Encoding")
      #expect(plain.body.count == 17_000)
      for accepted in ["gzip", "br, gzip", "deflate;q=0.5, gzip;q=0.1"] {
        let packed = try await client.get("/large.js", fields: "Accept-Encoding: \(accepted)\r\n")
        #expect(packed["content-encoding"] == "gzip")
        #expect(packed.body.prefix(2) == [0x1F, 0x8B])
        #expect(packed.body.count < 1000)
        #expect(packed["etag"] != plain["etag"])
        #expect(packed["content-type"] == plain["content-type"])
        let tag = try #require(packed["etag"])
        let again = try await client.get("/large.js", fields: "Accept-Encoding: gzip\r\nIf-None-Match: \(tag)\r\n")
        #expect(again.status == 304)
        #expect(again["etag"] == tag)
      }
      for accepted in ["gzip;q=0", "gzip; q=0.000", "br", "identity"] {
        let response = try await client.get("/large.js", fields: "Accept-Encoding: \(accepted)\r\n")
        #expect(response["content-encoding"] == nil)
      }
      // Too small to gain.
      #expect(try await client.get("/digits.txt", fields: "Accept-Encoding: gzip\r\n")["content-encoding"] == nil)
    }
  }

  @Test func methods() async throws {
    try await Self.withFolder { server, _ in
      let client = try await HTTPTestClient.connect(to: server.port)
      let head = try await client.get("/digits.txt", method: "HEAD")
      #expect(head.status == 200)
      #expect(head["content-length"] == "10")
      #expect(head.body == [])
      for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        let response = try await client.get("/digits.txt", method: method)
        #expect(response.status == 405)
        #expect(response["allow"] == "GET, HEAD")
        #expect(response["content-type"] == "application/problem+json")
      }
      #expect(try await client.get("/health/live").text == "alive\n")
      #expect(try await client.get("/health/ready").status == 200)
      let socket = try await client.get("/v1/socket")
      #expect(socket.status == 426)
      #expect(try await client.get("/digits.txt").text == "0123456789")
    }
  }
}
