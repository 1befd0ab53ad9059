package import Agents
import Conversation
package import Databases
package import Documents
package import HTTPClient
package import Log
package import Store

/// What all shards of a process share, unchanging.
package struct Node: Sendable {
  package let settings: ServerSettings
  /// Sites and agents as they stood at the start.
  package let directory: Directory
  /// The agents that the program brings, by their slugs.
  package let agents: [String: any Agent]
  /// What agents that are set up may use; its clients are by what other servers are asked.
  package let resources: AgentResources
  package var http: HTTPClients { resources.clients }
  /// The page, and the documents that answers refer to.
  package let files: FileServer
  package let documents: FileServer
  /// Where sessions reach users' databases; nil: nowhere.
  package var desk: DatabaseDesk? { resources.desk }
  /// By what documents of sites are read.
  let reader: DocumentReader
  package let log: Logger
  let health = Health()
  let presence = Presence()
  let messageRates: CountedRates
  let connectionRates: CountedRates
  let spent = SpentBudgets()

  package init(
    settings: ServerSettings, directory: Directory, agents: [String: any Agent], reader: DocumentReader,
    resources: AgentResources, log: Logger
  ) {
    self.reader = reader
    var settings = settings
    messageRates = CountedRates(settings.messageRates, clock: settings.rateClock)
    connectionRates = CountedRates(settings.connectionRates, clock: settings.rateClock)
    settings.limits.messagesPerMinute = settings.messageRates.visitor > 0 ? settings.messageRates.visitor : nil
    self.settings = settings
    self.directory = directory
    self.agents = agents
    self.resources = resources
    files = FileServer(folder: settings.home + "/Public")
    documents = FileServer(folder: settings.home, only: ["docs", "README.md"])
    self.log = log
  }
}
