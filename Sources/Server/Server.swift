package import Agents
import Databases
import Documents
import EmbeddedPostgres
import Glibc
import HTTPClient
package import Log
import Postgres
import Reactor
import Store
import Transport

/// Why a server could not start, in one sentence for its operator.
package struct StartError: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

/// A running server: its database, its loops, a shard on each.
package final class Server: Sendable {
  /// Where it listens.
  package let port: UInt16
  /// From where requests are sent to `port`.
  package let redirectPort: UInt16?
  private let settings: ServerSettings
  private let loops: LoopGroup
  private let shards: [Shard]
  private let clients: [PostgresClient]
  private let desk: DatabaseDesk
  private let keeper: LeaseKeeper
  private let cluster: Cluster
  private let housekeeper: Housekeeper
  private let budgets: BudgetKeeper
  private let embeddings: EmbeddingKeeper?
  private let health: Health
  private let tools: ToolServers
  private let http: HTTPClients
  private let embedded: EmbeddedPostgres?
  private let log: Logger

  private init(
    port: UInt16, redirectPort: UInt16?, settings: ServerSettings, loops: LoopGroup, shards: [Shard],
    clients: [PostgresClient], desk: DatabaseDesk, keeper: LeaseKeeper, cluster: Cluster, housekeeper: Housekeeper,
    budgets: BudgetKeeper, embeddings: EmbeddingKeeper?, health: Health, tools: ToolServers, http: HTTPClients,
    embedded: EmbeddedPostgres?,
    log: Logger
  ) {
    self.settings = settings
    self.port = port
    self.redirectPort = redirectPort
    self.loops = loops
    self.shards = shards
    self.clients = clients
    self.desk = desk
    self.keeper = keeper
    self.cluster = cluster
    self.housekeeper = housekeeper
    self.budgets = budgets
    self.embeddings = embeddings
    self.health = health
    self.tools = tools
    self.http = http
    self.embedded = embedded
    self.log = log
  }

  /// Starts a server: the database where none is given, the migrations, the loops.
  /// - Parameter agents: agents beside those that the program brings, by their slugs.
  package static func start(
    _ settings: ServerSettings, agents: [String: any Agent] = [:], log: Logger
  ) async throws(StartError) -> Server {
    // Bound first: what is wrong with the address is known before a database is started.
    let listeners = try Listeners(host: settings.host, port: settings.port)
    let redirectors = try settings.redirectPort.map { port throws(StartError) in
      try Listeners(host: settings.host, port: port)
    }
    let (url, embedded) = try database(settings, log: log)
    do throws(any Error) {
      let settings = try settings.withKey()
      let server = try await start(settings, url: url, embedded: embedded, agents, listeners, redirectors, log: log)
      embedded?.supervise()
      return server
    } catch {
      try? embedded?.stop()
      throw StartError("\(error)")
    }
  }

  static func migrate(_ client: PostgresClient, _ settings: ServerSettings, log: Logger) async throws {
    try await Migrator(folder: settings.home + "/Migrations", log: log.named("migrations")).migrate(client)
  }

  /// The database of the settings, started where it is an embedded one.
  static func database(
    _ settings: ServerSettings, log: Logger
  ) throws(StartError) -> (url: String, embedded: EmbeddedPostgres?) {
    if let url = settings.databaseURL { return (url, nil) }
    do {
      var options = EmbeddedOptions()
      let loops = settings.loops > 0 ? settings.loops : sysconf(Int32(_SC_NPROCESSORS_ONLN))
      // Reading and journal on each loop, for two servers at once, and some for whoever looks in.
      options.maxConnections = max(options.maxConnections, 2 * loops * (settings.databaseConnections + 1) + 20)
      let embedded = try EmbeddedPostgres.start(data: settings.data, options: options, log: log.named("postgres"))
      return (embedded.url, embedded)
    } catch {
      throw StartError("\(error)")
    }
  }

  private static func start(
    _ settings: ServerSettings, url: String, embedded: EmbeddedPostgres?, _ further: [String: any Agent],
    _ listeners: Listeners, _ redirectors: Listeners?, log: Logger
  ) async throws -> Server {
    let loops = try LoopGroup(count: settings.loops)
    do throws(any Error) {
      var configuration = try PostgresConfiguration(url: url)
      configuration.poolSize = settings.databaseConnections
      var lane = configuration
      lane.poolSize = 1
      let databaseLog = log.named("database")
      let reads = loops.loops.map { PostgresClient(loop: $0, configuration: configuration, log: databaseLog) }
      let journals = loops.loops.map { PostgresClient(loop: $0, configuration: lane, log: databaseLog) }

      try await reads[0].connect()
      try await migrate(reads[0], settings, log: log)
      try await seal(reads[0], settings, log: log)
      let loaded = try await Directory.load(
        from: reads[0], builtIn: BuiltInAgents.profiles(settings, further: further.keys.sorted()),
        bareIDs: settings.databaseURL == nil ? .loopback : .off, sealer: settings.sealer)
      let directory = await withSigningKey(loaded, reads[0], settings, log: log)
      for complaint in directory.complaints { log.warning("a site is not as it is set up", ["error": complaint]) }
      let databases = try DatabaseDesk(loop: loops.loops[0], rules: settings.databaseRules, log: log.named("databases"))
      let http = HTTPClients(loops.loops)
      let tools = ToolServers(
        settings.toolServers, processes: settings.toolProcesses, loops: loops.loops, clients: http,
        log: log.named("tools"))
      let resources = try BuiltInAgents.resources(
        settings, database: reads[0], desk: databases, servers: tools, clients: http)
      let agents = try await BuiltInAgents.make(settings, resources, database: reads[0], desk: databases, log: log)
        .merging(further) { _, own in own }
      let node = Node(
        settings: settings, directory: directory, agents: agents, desk: databases,
        reader: try DocumentReader(limits: settings.documents), resources: resources, log: log)
      let id = UUIDValue(high: .random(in: 0...(.max)), low: .random(in: 0...(.max)))
      let writability = Writability()
      let stores = loops.loops.indices.map { index in
        PostgresStore(
          node: id, reads: reads[index], journal: journals[index], writability: writability,
          loop: loops.loops[index], log: log.named("store"))
      }
      for journal in journals { try await journal.connect() }
      let desk = try PasswordDesk(settings)
      let shards = loops.loops.indices.map { index in
        Shard(
          loop: loops.loops[index], node: node, store: stores[index],
          requests: RequestLane(reads[index], log: log.named("requests")),
          books: Books(reads[index], settings, desk: desk))
      }
      let keeper = LeaseKeeper(
        loop: loops.loops[0], store: stores[0], shards: shards, presence: node.presence, log: log.named("leases"))
      let cluster = Cluster(
        loop: loops.loops[0], store: stores[0], client: reads[0], shards: shards, keeper: keeper,
        presence: node.presence, directory: directory,
        fetcher: KeyFetcher(
          reads[0], on: loops.loops[0], takesInner: settings.takesInnerKeys, log: log.named("cluster")),
        address: "\(settings.host):\(listeners.port)", sealer: settings.sealer, log: log.named("cluster"))
      await cluster.start()
      for shard in shards { try await shard.start(peers: shards, on: listeners.next()) }
      if let redirectors {
        for shard in shards { try await shard.redirect(from: redirectors.next(), to: listeners.port) }
      }
      await keeper.start()
      let housekeeper = Housekeeper(
        loop: loops.loops[0], work: Housekeeping(reads[0], log: log.named("housekeeping")), settings: settings,
        shards: shards, log: log.named("housekeeping"))
      await housekeeper.start()
      let budgets = BudgetKeeper(
        loop: loops.loops[0], book: BudgetBook(reads[0]), shard: shards[0], log: log.named("budgets"))
      await budgets.start()
      let embeddings = resources.vectors.map { vectors in
        EmbeddingKeeper(
          loop: loops.loops[0],
          embedder: Embedder(client: reads[0], service: vectors.service, log: log.named("embeddings")),
          interval: settings.embeddings.intervalMilliseconds, log: log.named("embeddings"))
      }
      await embeddings?.start()
      return Server(
        port: listeners.port, redirectPort: redirectors?.port, settings: settings, loops: loops, shards: shards,
        clients: reads + journals, desk: databases, keeper: keeper, cluster: cluster, housekeeper: housekeeper,
        budgets: budgets, embeddings: embeddings, health: node.health, tools: tools, http: http, embedded: embedded,
        log: log)
    } catch {
      loops.stop()
      throw error
    }
  }

  /// Ends gracefully: answers are made to their end, as far as the settings give them time, connections are closed one
  /// after the other, what is under way is committed; the runs that are left are whoever's who comes next.
  package func stop() async {
    // All loops say so before the first of them acts on it.
    health.end()
    await housekeeper.stop()
    await budgets.stop()
    await embeddings?.stop()
    let (spread, grace) = (settings.drainSeconds * 1000, settings.graceSeconds * 1000)
    for shard in shards { await shard.drain(spread: spread, grace: grace) }
    await keeper.end()
    let deadline = EventLoop.monotonicMilliseconds() + max(spread, grace) + 5000
    func wait(until condition: (Shard) async -> Bool) async -> Bool {
      for shard in shards {
        while await !condition(shard) {
          guard EventLoop.monotonicMilliseconds() < deadline else { return false }
          await shard.sleep(milliseconds: 20)
        }
      }
      return true
    }
    _ = await wait { await !$0.isServing }
    for shard in shards { await shard.stopListening() }
    let isWhole = await wait { await $0.isQuiet }
    await keeper.stop(isWhole: isWhole)
    for shard in shards {
      await shard.storeActivityAtLast()
      await shard.storeSpendingAtLast()
    }
    await cluster.stop()
    await desk.close()
    await tools.close()
    await http.close()
    for client in clients { await client.close() }
    loops.stop()
    loops.join()
    do { try embedded?.stop() } catch { log.error("PostgreSQL could not be stopped", ["error": error]) }
  }
}
