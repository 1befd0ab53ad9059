import Accounts
import Agents
import Conversation
import JSONWire
import Log
import Store

/// Who answers on a loop, by slug: the agents that the program brings, and those that operators have set up, as the
/// directory says.
struct AgentRoster {
  /// An agent, and what it was made of.
  private struct Configured {
    let kind: String
    let settings: JSONObject
    let secrets: [String: SecretText]
    let agent: any Agent
  }

  private let builtIn: [String: any Agent]
  private let resources: AgentResources
  private let log: Logger
  private var configured: [String: Configured] = [:]

  init(_ node: Node, log: Logger) {
    builtIn = node.agents
    resources = node.resources
    self.log = log
    learn(node.directory)
  }

  subscript(slug: String) -> (any Agent)? { configured[slug]?.agent ?? builtIn[slug] }

  /// Makes those that are new or have changed. Answers under way go on with what they were begun with.
  mutating func learn(_ directory: Directory) {
    let old = configured
    configured = [:]
    for entry in directory.agents where !entry.settings.isEmpty && !entry.isWithdrawn {
      let slug = entry.profile.slug
      if let present = old[slug], present.kind == entry.kind, present.settings == entry.settings,
        present.secrets == entry.secrets
      {
        configured[slug] = present
        continue
      }
      do throws(ConfigurationError) {
        let agent = try AgentKind.make(entry.kind, entry.settings, secrets: entry.secrets, using: resources)
        configured[slug] = Configured(
          kind: entry.kind, settings: entry.settings, secrets: entry.secrets, agent: agent)
      } catch {
        log.warning("an agent is not as it is set up", ["agent": slug, "error": "\(error)"])
      }
    }
  }
}
