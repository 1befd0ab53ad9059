import JSONWire
import SkeinTestKit
import Testing

/// `skein user`, `skein key`, `skein site secret` and `skein audit`.
@Suite struct AccountCommandsTests {
  private let url: String

  init() async throws { url = try await PrivatePostgres.shared().database() }

  private func run(_ arguments: String...) async throws -> Program.End {
    try await Program(arguments + ["--database-url", url]).end()
  }

  /// What stands behind a word at the beginning of a line.
  private func value(_ name: String, in output: String) throws -> String {
    let line = output.split(separator: "\n").first { $0.hasPrefix("\(name): ") }
    return String(try #require(line?.split(separator: " ").last))
  }

  @Test("a user who is made here logs in there, with what was shown once")
  func users() async throws {
    let made = try await run("user", "create", "Ada@example.com", "--name", "Ada Lovelace", "--role", "admin")
    #expect(made.code == 0, "\(made)")
    let password = try value("password", in: made.output)
    #expect(made.output.hasPrefix("ada@example.com\tenabled\tadmin\t-\tAda Lovelace\n"))
    let again = try await run("user", "create", "ADA@example.com")
    #expect(again.code == 1 && again.errors.contains("there is a user of this e-mail address already"))

    let program = try Program(["serve", "--port", "0", "--database-url", url])
    let http = try await HTTPTestClient.connect(to: try await program.port())
    func logIn(_ password: String) async throws -> Int {
      let content = JSONValue.object(
        JSONObject([("email", "ada@example.com"), ("password", .string(password))])
      ).bytes
      await http.send(
        "POST /v1/auth/log-in HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
          + "Content-Length: \(content.count)\r\n\r\n")
      await http.socket.send(content)
      return try await http.next().status
    }
    #expect(try await logIn(password) == 200)
    let changed = try await run("user", "password", "ada@example.com")
    #expect(try await logIn(password) == 401)
    #expect(try await logIn(try value("password", in: changed.output)) == 200)
    #expect(try await run("user", "disable", "ada@example.com").output.contains("\tdisabled\t"))
    #expect(try await logIn(try value("password", in: changed.output)) == 401)
    program.signal(15)
    #expect(try await program.end().code == 0)

    let listed = try await run("user", "list")
    #expect(listed.output.split(separator: "\n").count == 1 && listed.output.contains("ada@example.com"))
    let audit = try await run("audit")
    for action in ["user.created", "user.password_changed", "user.changed", "login.succeeded", "login.failed"] {
      #expect(audit.output.contains("\t\(action)\t"), "\(action)")
    }
    #expect(!audit.output.contains(password))
    #expect(try await run("audit", "--rows", "1").output.split(separator: "\n").count == 1)
  }

  @Test("keys and sites' secrets are shown once")
  func keys() async throws {
    let made = try await run(
      "key", "create", "--name", "CRM", "--scope", "chat", "--scope", "sites:read", "--days", "30")
    #expect(made.code == 0, "\(made)")
    let key = try value("key", in: made.output)
    let listed = try await run("key", "list")
    #expect(key.hasPrefix("sk_") && !listed.output.contains(key))
    let prefix = String(try #require(listed.output.split(separator: "\t").first))
    #expect(key.hasPrefix(prefix) && listed.output.contains("\tgood\t-\tchat,sites:read\t"))
    #expect(try await run("key", "revoke", prefix).output.contains("\trevoked\t"))
    let twice = try await run("key", "revoke", prefix)
    #expect(twice.code == 1 && twice.errors.contains("there is no key"))

    let site = try await run("site", "secret", "default")
    let secret = try value("secret", in: site.output)
    #expect(secret.utf8.count == 43 && site.output.contains("keys:           a secret"))
    let nameless = try await run("site", "update", "default", "--identity", "required", "--bare-ids", "all")
    #expect(nameless.code == 1 && nameless.errors.contains("switch bare_ids off"))
    let limited = try await run("site", "update", "default", "--budget", "site=1000", "--budget", "key=0")
    #expect(limited.output.contains("tokens a day:   1000 by site\ntokens a day:   0 by key"))
    #expect(!(try await run("site", "update", "default", "--budget", "none").output.contains("tokens a day")))
    for budget in ["site", "site=-1", "all=1", "site=1.5"] {
      let refused = try await run("site", "update", "default", "--budget", budget)
      #expect(refused.code == 1 && refused.errors.contains("--budget can't have that value"), "\(budget)")
    }
    let signed = try await run(
      "site", "update", "default", "--identity", "signed", "--identity-issuer", "https://a.example")
    #expect(signed.output.contains("a secret, iss https://a.example") && !signed.output.contains(secret))
    let audit = try await run("audit")
    #expect(!audit.output.contains(key) && !audit.output.contains(secret))
  }

  @Test(
    "what is not understood is told in a sentence",
    arguments: [
      (["user"], "skein user takes"), (["user", "create"], "takes the e-mail address"),
      (["user", "create", "nobody"], "that is no e-mail address"),
      (["user", "create", "a@example.com", "--password", "secret"], "--password is not an option"),
      (["user", "create", "a@example.com", "--password-stdin"], "there is no password on standard input"),
      (["user", "create", "a@example.com", "--role", "king"], "--role can't have that value"),
      (["user", "update", "a@example.com", "--role", "none"], "--role none is for one --site"),
      (["user", "disable", "a@example.com"], "there is no user a@example.com"),
      (["key", "create", "--name", "x"], "a key has a scope"), (["key", "create", "--scope", "chat"], "takes --name"),
      (["key", "create", "--name", "x", "--scope", "all"], "--scope can't have that value"),
      (["key", "revoke"], "takes what skein key list shows"),
      (["site", "update", "default", "--identity-jwks", "/none"], "--identity-jwks can't have that value"),
    ])
  func refuses(_ arguments: [String], _ says: String) async throws {
    let end = try await Program(arguments + ["--database-url", url]).end()
    #expect(end.code == 1 && end.errors.contains(says), "\(end)")
    #expect(!end.errors.contains("secret"))
  }
}
