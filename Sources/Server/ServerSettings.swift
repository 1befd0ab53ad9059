package import Accounts
package import Agents
package import Conversation
package import Databases
package import Documents
package import HTTPClient
package import ProxyWire
package import Sealing
package import Store
package import Transport

/// What a server can be told.
package struct ServerSettings: Sendable {
  /// A numeric address.
  package var host = "127.0.0.1"
  /// 0 lets the system choose.
  package var port: UInt16 = 8080
  /// A port without TLS whose requests are sent to `port`; 0 lets the system choose, nil: none.
  package var redirectPort: UInt16?
  /// How many loops serve; 0: one for each processor.
  package var loops = 0
  /// Where an embedded PostgreSQL keeps its data.
  package var data = ".skein"
  /// How much of the database the embedded PostgreSQL keeps in memory, in MiB; 0: by the machine's memory.
  package var dataMegabytes = 0
  /// A PostgreSQL that exists already; nil starts an embedded one.
  package var databaseURL: String?
  /// What seals secrets that are stored. Nil: beside an embedded database a key is made and kept in the data folder;
  /// with any other they lie clear, and databases of users can't be stored.
  package var sealer: Sealer?
  /// The folder that holds `Public`, `Migrations` and `docs`.
  package var home = "."
  /// Connections to the database for reading, on each loop.
  package var databaseConnections = 4
  /// Who may store databases of their own.
  package var userDatabases = UserDatabases.users
  /// Where such may be though it is no public address; nil: on this machine where
  /// only that is served, from the embedded database, else nowhere.
  package var databaseNetworks: [AddressRange]?
  /// What they may be asked, but for their addresses.
  package var databases = DatabaseDesk.Rules()
  /// The tool servers that agents may have by name.
  package var toolServers = ToolServerList()
  /// How many tool servers may run as processes at once.
  package var toolProcesses = 16
  /// How many calls of one tool may go on though nobody waits for them any more; of one that has as many no more are made.
  package var strayCalls = 16
  /// How models, services and tool servers are reached.
  package var http = HTTPClientSettings()
  /// How large documents of sites may be, and how long reading one may take.
  package var documents = DocumentLimits()
  /// Where the vectors of documents' passages are had from.
  package var embeddings = EmbeddingSettings()
  /// Whether the agent for tests and benchmarks is there.
  package var hasScriptAgent = false
  /// The pause between two pieces of a knowledge agent's answer, in milliseconds.
  package var knowledgePaceMilliseconds: UInt64 = 15
  /// How long a client may take to say `hello`, in seconds.
  package var helloSeconds: UInt64 = 10
  /// How long answers in the making may go on when the server is stopped, in seconds.
  package var graceSeconds: UInt64 = 10
  /// Within which time its clients are sent away then, each at a time of its own, in seconds.
  package var drainSeconds: UInt64 = 3
  /// How often other servers' changes are asked for where their notifications do not arrive, in milliseconds.
  package var pollMilliseconds: UInt64 = 100
  /// How long a ticket for a stream may wait for its first use, in seconds.
  package var ticketSeconds: Int64 = 60
  /// How long it is good for coming again after each use, in seconds.
  package var ticketReuseSeconds: Int64 = 24 * 60 * 60
  /// What is left unread by a client until no more is put together for it, in bytes.
  package var readerBacklogBytes = 64 * 1024
  /// When the text of an answer may be shown.
  package var durability = Durability.commit
  /// Whether a session is given a title by its first question, where nobody has chosen one.
  package var makesTitles = true
  /// When stored sessions become inactive, and are removed.
  package var lifecycle = Housekeeping.Rules()
  /// How often the words of new messages are taken down for search, in milliseconds; 0: never.
  package var searchMilliseconds: UInt64 = 5000
  /// The changes that one group commits at most.
  package var groupSize = 2000
  /// How long an agent may take for an answer.
  package var times = TimeLimits()
  /// Whether anybody may make itself a user; nil: only where the database is the server's own.
  package var allowsRegistration: Bool?
  /// How often somebody may try to log in.
  package var logins = LoginLimits.Rules()
  /// How long what a log-in gives is valid.
  package var tokens = TokenBook.Rules()
  /// What hashing a password costs.
  package var passwordCost = PasswordHasher.Cost()
  /// How many passwords are hashed at once, each with all of that memory.
  package var passwordThreads = 1
  /// Passwords that nobody may choose.
  package var breachedPasswords: BreachedPasswords?
  /// Whether sites' keys are fetched without encryption, and from addresses that are not the public internet's.
  package var takesInnerKeys = false
  package var limits = Limits()
  /// How often it may be sent to.
  package var messageRates = Rates(visitor: 1200)
  /// How often somebody may come to talk or to read.
  package var connectionRates = Rates(visitor: 1200)
  /// How many tokens of models may be used in a day, where a site says nothing itself.
  package var budgets = Budgets()
  package var transport = TransportSettings()

  package init() {}
}
