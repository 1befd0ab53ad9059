import Agents
import Databases
import Documents
import EmbeddedPostgres
import HTTPClient
import Log
import Postgres
import Reactor
import Store

/// How a server is put together, in order: its loops, its database, what sessions and agents share, the shards, and what
/// goes on in the background.
extension Server {
  /// - Parameters:
  ///   - url: its database, which is there.
  ///   - embedded: the PostgreSQL of its own, where it is that.
  ///   - further: agents beside those that the program brings.
  static func assemble(
    _ settings: ServerSettings, url: String, embedded: EmbeddedPostgres?, _ further: [String: any Agent],
    _ listeners: Listeners, _ redirectors: Listeners?, log: Logger
  ) async throws -> Server {
    let group = try LoopGroup(count: settings.loops)
    let loops = group.loops
    do throws(any Error) {
      let clients = try DatabaseClients(url, settings, loops: loops, log: log.named("database"))
      try await clients.first.connect()
      try await migrate(clients.first, settings, log: log)
      try await seal(clients.first, settings, log: log)
      let directory = try await directory(clients.first, settings, further, log: log)
      let node = try await node(clients.first, settings, directory, further, loops: loops, log: log)
      let stores = clients.stores(loops: loops, log: log.named("store"))
      try await clients.connectJournals()
      let shards = try shards(stores, clients, node, loops: loops)
      let work = BackgroundWork(
        node, stores[0], clients.first, shards, loop: loops[0], address: "\(settings.host):\(listeners.port)")
      await work.cluster.start()
      try await listen(shards, on: listeners, redirectors)
      await work.keeper.start()
      await work.housekeeper.start()
      await work.budgets.start()
      await work.embeddings?.start()
      return Server(
        port: listeners.port, redirectPort: redirectors?.port, node: node, loops: group, shards: shards,
        clients: clients, work: work, embedded: embedded)
    } catch {
      group.stop()
      throw error
    }
  }

  /// Sites, agents and credentials as they stand, with a key to sign by.
  private static func directory(
    _ client: PostgresClient, _ settings: ServerSettings, _ further: [String: any Agent], log: Logger
  ) async throws -> Directory {
    let loaded = try await Directory.load(
      from: client, builtIn: BuiltInAgents.profiles(settings, further: further.keys.sorted()),
      bareIDs: settings.databaseURL == nil ? .loopback : .off, sealer: settings.sealer)
    let directory = await withSigningKey(loaded, client, settings, log: log)
    for complaint in directory.complaints { log.warning("a site is not as it is set up", ["error": complaint]) }
    return directory
  }

  /// What all shards share: the agents, and what these may use.
  private static func node(
    _ client: PostgresClient, _ settings: ServerSettings, _ directory: Directory, _ further: [String: any Agent],
    loops: [EventLoop], log: Logger
  ) async throws -> Node {
    let resources = try BuiltInAgents.resources(settings, database: client, loops: loops, log: log)
    let agents = try await BuiltInAgents.make(settings, resources, log: log).merging(further) { _, own in own }
    return Node(
      settings: settings, directory: directory, agents: agents,
      reader: try DocumentReader(limits: settings.documents), resources: resources, log: log)
  }

  private static func shards(
    _ stores: [PostgresStore], _ clients: DatabaseClients, _ node: Node, loops: [EventLoop]
  ) throws -> [Shard] {
    let desk = try PasswordDesk(node.settings)
    return loops.indices.map { index in
      let reads = clients.reads[index]
      return Shard(
        loop: loops[index], node: node, store: stores[index],
        requests: RequestLane(reads, log: node.log.named("requests")),
        books: Books(reads, node.settings, desk: desk))
    }
  }

  /// Clients may come.
  private static func listen(_ shards: [Shard], on listeners: Listeners, _ redirectors: Listeners?) async throws {
    for shard in shards { try await shard.start(peers: shards, on: listeners.next()) }
    guard let redirectors else { return }
    for shard in shards { try await shard.redirect(from: redirectors.next(), to: listeners.port) }
  }
}
