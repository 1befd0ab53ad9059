import Agents
import JSONWire
import Store

/// What `skein agent` is told of an agent.
struct AgentSettings {
  var kind: String?
  var change = AgentChange()
  /// Members of its configuration; null takes one out.
  var given: [(String, JSONValue)] = []
  /// Whether a secret was on the command line, where others of the machine can read it.
  var hasOpenSecret = false
  var question = "Say in one sentence who you are."

  /// A configuration with what is given.
  func members(over present: JSONObject) -> JSONObject {
    var members = present
    for (name, value) in given { members[name] = value.isNull ? .none : .some(value) }
    return members
  }
}

extension Settings {
  static var agent: [Option<Settings>] {
    [
      argument("kind", "KIND", "\(AgentKind.names.joined(separator: ", ")) (none)") { settings, text in
        settings.agent.kind = text
        settings.agent.change.kind = text
        return AgentKind.names.contains(text)
      },
      argument("name", "NAME", "What it is called (its slug)") { settings, text in
        settings.agent.change.name = text
        return !text.isEmpty
      },
      member("url", "URL", "Where its interface is, such as https://api.openai.com/v1 (none)"),
      member("model", "MODEL", "The model's name there (none)"),
      member("system", "TEXT", "What the model is told beforehand (none)"),
      member("key-env", "NAME", "The variable of the servers' environment that holds its key (none)"),
      member("key-file", "FILE", "The file on the servers' machines that holds its key (none)"),
      argument("set", "NAME=VALUE", "Any member of its configuration, in JSON or as text; again for each (none)") {
        settings, text in
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else { return false }
        let value = (try? JSONValue(parsing: parts[1])) ?? .string(parts[1])
        let parted = try? SecretSettings(JSONObject([(parts[0], value)]))
        if parted?.given.isEmpty != true { settings.agent.hasOpenSecret = true }
        settings.agent.given.append((parts[0], value))
        return true
      },
      argument(
        "set-from", "NAME=FILE", "The same from a file, or - for standard input, such as its key; again for each"
      ) { settings, text in
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty,
          let content = SmallFile.read(parts[1] == "-" ? "/dev/stdin" : parts[1])
        else { return false }
        var end = content[...]
        while end.last?.isWhitespace == true { end.removeLast() }
        let value = ["key", "secret"].contains(parts[0]) ? nil : try? JSONValue(parsing: String(end))
        settings.agent.given.append((parts[0], value ?? .string(String(end))))
        return true
      },
      argument("greeting", "TEXT", "What visitors are greeted with (empty)") { settings, text in
        settings.agent.change.greeting = text
        return true
      },
      argument("suggestion", "TEXT", "What visitors are offered to ask; again for each (none)") { settings, text in
        settings.agent.change.suggestions = (settings.agent.change.suggestions ?? []) + (text.isEmpty ? [] : [text])
        return true
      },
      argument("question", "TEXT", "What a test asks (who it is)") { settings, text in
        settings.agent.question = text
        return !text.isEmpty
      },
    ]
  }

  /// A member of an agent's configuration; empty takes it out.
  private static func member(_ flag: String, _ value: String, _ help: String) -> Option<Settings> {
    argument(flag, value, help) { settings, text in
      settings.agent.given.append((flag.replacing("-", with: "_"), text.isEmpty ? .null : .string(text)))
      return true
    }
  }
}
