import Accounts
import Calendar
import Server
import Store

/// `skein user create`, `list`, `update`, `password`, `disable` and `enable`
enum UserCommand {
  static let usage = """
    usage: skein user create EMAIL [--name NAME] [--role ROLE] [--password-stdin]
           skein user list
           skein user update EMAIL [--name NAME] [--role ROLE [--site KEY]]
           skein user password EMAIL [--password-stdin]
           skein user disable EMAIL
           skein user enable EMAIL

    Keeps the users of a deployment, whether its servers run or not. A password that is made up is shown once.
    """
  static var options: [Option<Settings>] {
    Settings.user + Settings.passwords + Settings.database + Settings.logging
  }

  static func run(_ arguments: [String], environment: [String: String]) async throws {
    var arguments = arguments
    let name = arguments.isEmpty ? "" : arguments.removeFirst()
    guard ["create", "list", "update", "password", "disable", "enable"].contains(name) else {
      throw UsageError(
        message: "skein user takes create, list, update, password, disable or enable; --help tells more")
    }
    var email = ""
    if name != "list" {
      guard let first = arguments.first, !first.hasPrefix("--") else {
        throw UsageError(message: "skein user \(name) takes the e-mail address of a user")
      }
      email = arguments.removeFirst()
    }
    var settings = Settings()
    try Option.parse(options, arguments, environment: environment, into: &settings)
    let user = settings.user
    guard !user.hasNoRole || name == "update" && user.site != nil else {
      throw UsageError(message: "--role none is for one --site of skein user update")
    }
    switch name {
    case "list":
      for user in try await keep(settings, { try await $0.list() }) { print(line(user)) }
    case "create":
      let password = try Password(settings)
      let made = try await keep(settings) { [email] in
        let made = try await $0.create(
          email: email, password: password.text, name: user.name,
          role: user.site == nil ? user.role ?? .member : .member)
        if let site = user.site, let role = user.role { try await $0.setRole(role, of: email, onSite: site) }
        return made
      }
      print(line(made))
      password.tell()
    case "password":
      let password = try Password(settings)
      let changed = try await keep(settings) { [email] in try await $0.setPassword(password.text, of: email) }
      print(line(changed))
      password.tell()
    default:
      let isDisabled: Bool? = name == "update" ? nil : name == "disable"
      let changed = try await keep(settings) { [email] in
        if let site = user.site {
          guard user.role != nil || user.hasNoRole else { throw UsageError(message: "--site takes --role too") }
          try await $0.setRole(user.role, of: email, onSite: site)
          return try await $0.update(email, name: user.name)
        }
        return try await $0.update(email, name: user.name, role: user.role, isDisabled: isDisabled)
      }
      print(line(changed))
    }
  }

  private static func keep<Result: Sendable>(
    _ settings: Settings, _ body: @Sendable (UserBook) async throws -> Result
  ) async throws -> Result {
    try await Server.keep(try settings.resolved(), log: settings.log) { try await body(try $0.users(by: .command)) }
  }

  private static func line(_ user: UserRecord) -> String {
    let seen = user.loggedInAt.map { Timestamp.text(milliseconds: $0) } ?? "-"
    return [user.email, user.isDisabled ? "disabled" : "enabled", user.role.rawValue, seen, user.name ?? "-"]
      .joined(separator: "\t")
  }
}

/// A password that is read, or made up and then told: never an argument, which every user of the machine can see.
private struct Password {
  let text: String
  private let isMadeUp: Bool

  init(_ settings: Settings) throws(UsageError) {
    isMadeUp = !settings.user.readsPassword
    guard !isMadeUp else {
      text = String(VisitorToken.random().text.prefix(22))
      return
    }
    guard let line = readLine(strippingNewline: true), !line.isEmpty else {
      throw UsageError(message: "there is no password on standard input")
    }
    text = line
  }

  func tell() {
    if isMadeUp { print("\npassword: \(text)\n\nIt is not shown again.") }
  }
}
