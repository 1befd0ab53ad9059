package import Agents
package import Log
package import Store

/// What all shards of a process share, unchanging.
package struct Node: Sendable {
  package let settings: ServerSettings
  package let directory: Directory
  /// The agents by their slugs.
  package let agents: [String: any Agent]
  package let files: FileServer
  package let log: Logger

  package init(
    settings: ServerSettings, directory: Directory, agents: [String: any Agent], files: FileServer, log: Logger
  ) {
    self.settings = settings
    self.directory = directory
    self.agents = agents
    self.files = files
    self.log = log
  }
}
