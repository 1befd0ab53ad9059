import Documents
import HTTPWire
import SkeinTestKit
import Testing

@testable import Agents

/// Documents from the web, from a real server.
@Suite struct DocumentFetcherTests {
  private func fetch(
    _ url: String, inner: Bool = true, most: Int = 1 << 20, _ change: (inout DocumentFetcher.Limits) -> Void = { _ in }
  ) async throws -> DocumentFetcher.Page {
    var limits = DocumentFetcher.Limits()
    limits.bytes = most
    change(&limits)
    let fetcher = DocumentFetcher(loop: try TestLoop.shared(), takesInner: inner, limits: limits)
    do {
      let page = try await fetcher.fetch(url)
      await fetcher.close()
      return page
    } catch {
      await fetcher.close()
      throw error
    }
  }

  private func reason(
    _ url: String, inner: Bool = true, most: Int = 1 << 20, _ change: (inout DocumentFetcher.Limits) -> Void = { _ in }
  ) async -> String {
    do {
      _ = try await fetch(url, inner: inner, most: most, change)
      return ""
    } catch {
      return (error as? DocumentError)?.message ?? "\(error)"
    }
  }

  @Test func pagesAndRedirections() async throws {
    let service = try await ScriptedService { request in
      switch request.head.path {
      case "/page": ServiceScript.whole(200, "<p>x", type: "text/html; Charset=\"koi8-r\"")
      case "/a.md": ServiceScript.whole(200, "# x", type: "text/plain")
      case "/go": ServiceScript.whole(302, "", fields: ["Location: /deeper/go?x=1"])
      case "/deeper/go": ServiceScript.whole(308, "", fields: ["Location: ../page"])
      case "/round": ServiceScript.whole(301, "", fields: ["Location: round"])
      case "/file": ServiceScript.whole(302, "", fields: ["Location: file:///etc/passwd"])
      case "/user": ServiceScript.whole(302, "", fields: ["Location: http://a:b@127.0.0.1/"])
      case "/nowhere": ServiceScript.whole(302, "")
      case "/large": ServiceScript.whole(200, String(repeating: "x", count: 5000), type: "text/html")
      case "/image": ServiceScript.whole(200, "x", type: "image/png")
      default: ServiceScript.whole(404, "")
      }
    }
    let page = try await fetch(service.url + "/page")
    #expect(page.format == .html && page.charset == "koi8-r" && page.content == Array("<p>x".utf8))
    #expect(try await fetch(service.url + "/a.md?b=1").format == .markdown)
    #expect(try await fetch(service.url + "/go").content == page.content)
    #expect(await reason(service.url + "/round") == "it leads elsewhere more than 5 times")
    #expect(await reason(service.url + "/file") == "it leads elsewhere, and does not say where")
    #expect(await reason(service.url + "/user").contains("without a user"))
    #expect(await reason(service.url + "/nowhere") == "it leads elsewhere, and does not say where")
    #expect(await reason(service.url + "/large", most: 1000) == "it is larger than 1000 bytes")
    #expect(await reason(service.url + "/image") == "it is of the kind image/png")
    #expect(await reason(service.url + "/none") == "its server answers 404")
    #expect(await reason("ftp://127.0.0.1/").contains("only http and https"))
    #expect(await reason("http://127.0.0.1:1/") != "")
    let asked = await service.requests.count
    for host in ["127.0.0.1", "localhost", "2130706433", "[::1]", "[::ffff:127.0.0.1]"] {
      let url = "http://\(host):\(service.port)/page"
      #expect(await reason(url, inner: false) != "", "\(host)")
    }
    #expect(await service.requests.count == asked, "nothing was asked of an inner address")
    await service.close()
  }

  @Test func timeAndRedirectionsAreAsTheyAreSet() async throws {
    let service = try await ScriptedService { request in
      switch request.head.path {
      case "/silent": [.wait]
      case "/go": ServiceScript.whole(302, "", fields: ["Location: /page"])
      default: ServiceScript.whole(200, "<p>x", type: "text/html")
      }
    }
    #expect(await reason(service.url + "/silent") { $0.seconds = 1 } == "its server takes too long")
    #expect(await reason(service.url + "/go") { $0.redirections = 0 } == "it leads elsewhere more than 0 times")
    #expect(await reason(service.url + "/go") { $0.redirections = 1 } == "")
    await service.close()
  }

  @Test func referencesAreResolved() {
    let base = "https://a.example:8080/b/c?d#e"
    let expected: [(String, String?)] = [
      ("https://x.example", "https://x.example"), ("//x.example/y", "https://x.example/y"),
      ("/y", "https://a.example:8080/y"), ("y/z", "https://a.example:8080/b/y/z"),
      ("?y", "https://a.example:8080/b/c?y"), ("javascript:1", nil), ("file:///x", nil), ("", nil),
    ]
    for (reference, target) in expected { #expect(WebAddress.resolve(reference, against: base) == target) }
    #expect(WebAddress.resolve("y", against: "http://a") == "http://a/y")
    for bad in ["http://", "http://u@h/", "http://h\\@x/", "http://h/ x", "gopher://h/", "h", "http:///x"] {
      #expect(!WebAddress.isPlain(bad), "\(bad)")
    }
  }
}
