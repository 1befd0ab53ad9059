import Accounts
import Server
import Store

/// What `skein user` is told of a user.
struct UserSettings {
  var name: String?
  var role: UserRole?
  /// Whether the role on a site is taken away.
  var hasNoRole = false
  /// The key of the site that the role is for.
  var site: String?
  var readsPassword = false
}

/// What `skein key` is told of a key.
struct KeySettings {
  var name: String?
  var site: String?
  var scopes: Set<APIScope> = []
  var days: Int64?
  /// How many rows `skein audit` tells.
  var rows = 100
}

extension Settings {
  static var logins: [Option<Settings>] {
    [
      .onOff(
        "inner-keys", "Whether sites' keys may be fetched from inner networks, and by http (no)",
        \.server.takesInnerKeys),
      Option(
        flag: "registration", value: "BOOL",
        help: "Whether anybody may register as a user: yes or no (yes with the embedded database)"
      ) { settings, text in
        settings.server.allowsRegistration = ["yes": true, "no": false][text]
        return settings.server.allowsRegistration != nil
      },
      .number(
        "logins-per-account", "Tries to log in to one account within the window; 0: no limit (10)",
        \.server.logins.perAccount, 0...1_000_000),
      .number(
        "logins-per-address", "Tries to log in or to register from one address; 0: no limit (100)",
        \.server.logins.perAddress, 0...1_000_000),
      .number(
        "login-window-seconds", "The window of these limits, in seconds (900)", \.server.logins.window, 1...86_400),
      .number(
        "access-token-seconds", "How long an access token is valid, in seconds (900)",
        \.server.tokens.accessSeconds, 60...3000),
      .number(
        "password-threads", "Passwords that are hashed at once, with 64 MiB each (1)", \.server.passwordThreads, 1...64),
    ] + passwords
  }

  /// For all who set passwords.
  static var passwords: [Option<Settings>] {
    [
      Option(
        flag: "breached-passwords", value: "FILE",
        help: "Passwords that nobody may choose: their SHA-1 in hexadecimal digits, sorted, one a line (none)"
      ) { settings, text in
        settings.server.breachedPasswords = try? BreachedPasswords(path: text)
        return settings.server.breachedPasswords != nil
      }
    ]
  }

  static var user: [Option<Settings>] {
    [
      argument("name", "NAME", "What the user is called (none)") { settings, text in
        settings.user.name = text
        return !text.isEmpty
      },
      argument("role", "ROLE", "owner, admin, operator or member; for a site none too (member)") { settings, text in
        settings.user.role = UserRole(rawValue: text)
        settings.user.hasNoRole = text == "none"
        return settings.user.role != nil || settings.user.hasNoRole
      },
      argument("site", "KEY", "The site that the role is for (the whole deployment)") { settings, text in
        settings.user.site = text
        return !text.isEmpty
      },
      Option(
        flag: "password-stdin", value: nil, help: "Reads the password from standard input (one is made up)",
        hasVariable: false
      ) { settings, text in
        settings.user.readsPassword = text == "1"
        return settings.user.readsPassword
      },
    ]
  }

  static var key: [Option<Settings>] {
    [
      argument("name", "NAME", "What the key is for (none)") { settings, text in
        settings.key.name = text
        return !text.isEmpty
      },
      argument("site", "KEY", "The only site that it is good for (all)") { settings, text in
        settings.key.site = text
        return !text.isEmpty
      },
      argument("scope", "SCOPE", "\(scopes); again for each (none)") { settings, text in
        guard let scope = APIScope(rawValue: text) else { return false }
        settings.key.scopes.insert(scope)
        return true
      },
      argument("days", "N", "How long it is good, in days (for ever)") { settings, text in
        guard let days = Int64(text), (1...3650).contains(days) else { return false }
        settings.key.days = days
        return true
      },
    ]
  }

  static var audit: [Option<Settings>] {
    [
      Option(flag: "rows", value: "N", help: "How many rows, the newest first (100)", hasVariable: false) {
        settings, text in
        guard let rows = Int(text), (1...100_000).contains(rows) else { return false }
        settings.key.rows = rows
        return true
      }
    ]
  }

  private static var scopes: String { APIScope.allCases.map(\.rawValue).joined(separator: ", ") }
}
