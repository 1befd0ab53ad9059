import HTTPWire
import SkeinTestKit
import Testing

/// The environment's proxies, which models are asked through.
@Suite struct OutwardProxyTests {
  private let database: String

  init() async throws { database = try await PrivatePostgres.shared().database() }

  /// What `skein agent test` says of a model at that address.
  private func ask(_ url: String, _ environment: [String]) async throws -> Program.End {
    let slug = "model-\(UInt64.random(in: 0...(.max)))"
    let made = try await Program.run(
      "agent", "create", slug, "--kind", "chat-completions", "--url", url, "--model", "m", "--set", "retries=0",
      "--database-url", database)
    #expect(made.code == 0, "\(made)")
    return try await Program.run("agent", "test", slug, "--database-url", database, environment: environment)
  }

  /// Answers what it is asked to fetch, and lets nobody through.
  private func proxy() async throws -> ScriptedService {
    try await ScriptedService { request in
      request.head.method == .connect
        ? ServiceScript.whole(403, "{}") : ServiceScript.stream(ServiceScript.chat(["By proxy."]))
    }
  }

  @Test func aModelIsAskedThroughTheProxyOfTheEnvironment() async throws {
    let proxy = try await proxy()
    let plain = try await ask("http://model.invalid/v1", ["http_proxy=\(proxy.url)"])
    #expect(plain.code == 0 && plain.output.hasPrefix("By proxy.\n"), "\(plain)")
    for name in ["https_proxy", "HTTPS_PROXY"] {
      let sealed = try await ask("https://model.invalid/v1", ["\(name)=\(proxy.url)"])
      #expect(sealed.code == 1 && sealed.errors.contains("The model"), "\(sealed)")
    }
    let asked = await proxy.requests
    #expect(asked.map { $0.head.method == .connect } == [false, true, true])
    #expect(asked.dropFirst().allSatisfy { $0.head.fields["host"] == "model.invalid:443" && $0.content.isEmpty })
    await proxy.close()
  }

  @Test func whatIsExemptIsAskedDirectly() async throws {
    let proxy = try await proxy()
    for name in ["no_proxy", "NO_PROXY"] {
      let exempt = try await ask(
        "http://model.invalid/v1", ["http_proxy=\(proxy.url)", "\(name)=other.invalid,model.invalid"])
      #expect(exempt.code == 1 && exempt.errors.contains("The model could not be reached."), "\(exempt)")
    }
    // The machine's own addresses are, without a word.
    let service = try await ScriptedService { _ in ServiceScript.stream(ServiceScript.chat(["Directly."])) }
    let own = try await ask(service.url, ["http_proxy=\(proxy.url)"])
    #expect(own.code == 0 && own.output.hasPrefix("Directly.\n"), "\(own)")
    #expect(await proxy.requests.isEmpty)
    await service.close()
    await proxy.close()
  }
}
