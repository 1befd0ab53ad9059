import Glibc
import HTTPWire
import JSONWire
import SkeinTestKit
import Testing

/// `skein agent`.
@Suite struct AgentCommandTests {
  private let url: String

  init() async throws { url = try await PrivatePostgres.shared().database() }

  private func run(_ arguments: String...) async throws -> Program.End {
    try await Program(arguments + ["--database-url", url]).end()
  }

  @Test func anAgentIsMadeTriedAndDeleted() async throws {
    let service = try await ScriptedService { _ in
      ServiceScript.stream(ServiceScript.chat(["I am ", "a model."], usage: (11, 5)))
    }
    let made = try await run(
      "agent", "create", "helper", "--kind", "chat-completions", "--url", service.url + "/v1", "--model", "m",
      "--system", "Be kind.", "--set", "temperature=0.5", "--set", "extra={\"seed\":7}")
    #expect(made.code == 0 && made.output.contains("kind:           chat-completions"), "\(made)")
    let tried = try await run("agent", "test", "helper", "--question", "Who?")
    #expect(tried.code == 0 && tried.output.hasPrefix("I am a model.\n"), "\(tried)")
    #expect(tried.output.contains("tokens:          11 in, 5 out"))
    let body = try JSONValue(parsing: try #require(await service.requests.first).content)
    #expect(body["seed"] == 7 && body["messages"]?[1]?["content"] == "Who?")
    #expect(await service.requests.first?.head.path == "/v1/chat/completions")

    let updated = try await run("agent", "update", "helper", "--model", "n", "--set", "extra=null")
    #expect(updated.output.contains("model:          n") && !updated.output.contains("seed"))
    #expect(updated.output.contains("system:         Be kind."))
    let listed = try await run("agent", "list")
    #expect(listed.output.contains("helper\tchat-completions\tn\t\(service.url)/v1\thelper"))
    #expect(try await run("agent", "delete", "helper").output == "helper answers no more.\n")
    #expect(try await run("agent", "show", "helper").errors.contains("there is no agent helper"))
    await service.close()
  }

  @Test func aTestTellsOfTheCallsOfTools() async throws {
    let service = try await ScriptedService { request in
      request.number == 1
        ? ServiceScript.calling([.init("a", "current_time"), .init("b", "sql_schema")], kind: "messages")
        : ServiceScript.saying(["It is noon."], kind: "messages")
    }
    let wrong = try await run(
      "agent", "create", "helper", "--kind", "messages", "--url", service.url, "--model", "m", "--set",
      "tools=[\"oracle\"]")
    #expect(wrong.code == 1 && wrong.errors.contains("tools: there are time, sql, knowledge"), "\(wrong)")
    let tools = #"tools=[{"kind":"time","show":true},{"kind":"sql","approve":true}]"#
    let made = try await run(
      "agent", "create", "helper", "--kind", "messages", "--url", service.url, "--model", "m", "--set", tools)
    #expect(made.code == 0, "\(made)")
    let tried = try await run("agent", "test", "helper")
    #expect(tried.code == 0 && tried.output.contains("It is noon."), "\(tried)")
    #expect(tried.output.contains("tool:            current_time {}: done, "))
    #expect(tried.output.contains("tool:            sql_schema {}: rejected"))
    await service.close()
  }

  @Test func whatIsWrongIsToldAtOnce() async throws {
    let wrong = try await run("agent", "create", "x", "--kind", "messages", "--url", "https://a.example")
    #expect(wrong.code == 1 && wrong.errors.contains("model: missing"), "\(wrong)")
    let kind = try await run("agent", "create", "x", "--kind", "oracle", "--url", "https://a.example")
    #expect(kind.code == 1 && kind.errors.contains("--kind can't have that value"))
    let builtIn = try await run("agent", "delete", "knowledge")
    #expect(builtIn.code == 1 && builtIn.errors.contains("is a part of the program"))
  }

  @Test func aTestTellsWhyItFailsAndNoKey() async throws {
    let service = try await ScriptedService { _ in
      ServiceScript.whole(401, "{\"error\":{\"message\":\"Incorrect key sk-1\",\"code\":\"invalid_api_key\"}}")
    }
    _ = try await run(
      "agent", "create", "helper", "--kind", "messages", "--url", service.url, "--model", "m", "--key-env", "HOME")
    let tried = try await run("agent", "test", "helper")
    #expect(tried.code == 1 && tried.errors.contains("The model did not accept this server's key."), "\(tried)")
    #expect(tried.errors.contains("401 invalid_api_key") && !tried.errors.contains("sk-1"))
    #expect(await service.requests.first?.head.fields["x-api-key"]?.isEmpty == false)
    await service.close()
  }

  @Test func aKeyIsGivenFromAFileOrStandardInputAndNotOnTheCommandLine() async throws {
    let service = try await ScriptedService { _ in ServiceScript.stream(ServiceScript.chat(["Yes."])) }
    let folder = try TestFolder()
    let path = folder.path + "/key"
    let file = try #require(fopen(path, "w"))
    fputs("sk-of-a-file-4d2e\n", file)
    fclose(file)
    let environment = ["SKEIN_SECRET_KEY=v1:" + String(repeating: "A", count: 43), "SKEIN_LOG_LEVEL=debug"]
    func run(_ arguments: [String], by prefix: [String] = []) async throws -> Program.End {
      let end = try await Program(
        arguments + ["--database-url", url], environment: environment, by: prefix
      ).end()
      #expect(!end.output.contains("4d2e") && !end.errors.contains("4d2e"), "\(end)")
      return end
    }
    let words = ["agent", "create", "helper", "--kind", "chat-completions", "--url", service.url, "--model", "m"]
    for open in ["key=sk-1", "tools=[{\"kind\":\"mcp\",\"name\":\"a\",\"url\":\"https://a\",\"key\":\"sk-1\"}]"] {
      let end = try await run(words + ["--set", open])
      #expect(end.code == 1 && end.errors.contains("give it with --set-from") && !end.errors.contains("sk-1"), "\(end)")
    }
    let input = ["/bin/sh", "-c", "exec \"$0\" \"$@\" < \(path)"]
    let made = try await run(words + ["--set-from", "key=-"], by: input)
    #expect(made.code == 0 && made.output.contains("{\"is_set\":true}"), "\(made)")
    #expect(try await run(["agent", "test", "helper"]).output.hasPrefix("Yes."))
    #expect(await service.requests.last?.head.fields["authorization"] == "Bearer sk-of-a-file-4d2e")
    let other = try await run(["agent", "update", "helper", "--set", "key=null"])
    #expect(other.code == 0 && !other.output.contains("is_set"), "\(other)")
    let again = try await run(["agent", "update", "helper", "--set-from", "key=\(path)"])
    #expect(again.code == 0 && again.output.contains("is_set"))
    _ = try await run(["agent", "test", "helper"])
    #expect(await service.requests.last?.head.fields["authorization"] == "Bearer sk-of-a-file-4d2e")
    let without = try await Program(
      ["agent", "update", "helper", "--set-from", "key=\(path)", "--database-url", url]).end()
    #expect(without.code == 1 && without.errors.contains("SKEIN_SECRET_KEY"), "\(without)")
    await service.close()
  }

  /// Whatever the model's service says of a key, and however much is logged.
  @Test func aServersLogNeverHoldsAStoredKey() async throws {
    let key = "sk-nobody-sees-4d2e"
    let service = try await ScriptedService { request in
      request.number == 1
        ? ServiceScript.whole(401, "{\"error\":{\"message\":\"Incorrect key \(key)\",\"code\":\"invalid_api_key\"}}")
        : ServiceScript.stream(ServiceScript.chat(["Yes."]))
    }
    let folder = try TestFolder()
    let path = folder.path + "/key"
    let file = try #require(fopen(path, "w"))
    fputs(key, file)
    fclose(file)
    let environment = ["SKEIN_SECRET_KEY=v1:" + String(repeating: "A", count: 43), "SKEIN_LOG_LEVEL=debug"]
    let made = try await Program(
      [
        "agent", "create", "helper", "--kind", "chat-completions", "--url", service.url, "--model", "m", "--set-from",
        "key=\(path)", "--database-url", url,
      ], environment: ["SKEIN_SECRET_KEY=v1:" + String(repeating: "A", count: 43)]
    ).end()
    #expect(made.code == 0, "\(made)")
    let server = try Program(["serve", "--port", "0", "--database-url", url], environment: environment)
    let client = try await ChatClient.connect(to: try await server.port())
    try await client.hello(.random(), agent: "helper")
    #expect(try await client.ask("Who?").status == "failed")
    #expect(try await client.ask("Who?").text == "Yes.")
    #expect(await service.requests.last?.head.fields["authorization"] == "Bearer \(key)")
    await client.drop()
    server.signal(SIGTERM)
    let end = try await server.end()
    #expect(end.errors.contains("invalid_api_key") && !end.errors.contains("4d2e") && !end.output.contains("4d2e"))
    // Whose messages it is told hold none of it either.
    let told = await client.transcript.messages.map { "\($0)" }.joined()
    #expect(!told.contains("4d2e"))
    await service.close()
  }
}
